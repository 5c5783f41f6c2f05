//! Folders of lessons, as somebody might have them.

use super::*;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn lesson(self, path: &str, needs: &str) -> Self {
        let text = format!(
            "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\nneeds = [{needs}]\n+++\n\n## Step\n\n```lab\nserver listen tcp 80\n```\n"
        );
        self.file(path, &text)
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn catalog(&self) -> Catalog {
        Catalog::folder(self.0.path()).unwrap()
    }

    /// What is wrong with the whole, with the folder's own name left out.
    fn complaints(&self) -> String {
        let complaints = self.catalog().complaints();
        Complaints(complaints).to_string().replace(&format!("{}/", self.0.path().display()), "")
    }
}

#[test]
fn a_folder_gives_its_lessons_by_path() {
    let folder = Folder::new()
        .lesson("2-tcp/handshake.md", "")
        .lesson("1-sockets/ports.md", "")
        .lesson("2-tcp/handshake.zh-CN.md", "")
        .file("README.md", "# Not a lesson")
        .file(".hidden/secret.md", "")
        .file("notes.txt", "");
    let catalog = folder.catalog();
    let names: Vec<_> = catalog.entries().iter().map(|entry| (entry.part.as_str(), entry.name.as_str())).collect();
    assert_eq!(names, [("1-sockets", "ports"), ("2-tcp", "handshake")]);
    assert_eq!(catalog.find("ports").unwrap().lesson.part, "1-sockets");
}

#[test]
fn a_language_tag_makes_a_translation() {
    for name in ["handshake.zh-CN.md", "handshake.de.md", "README.md", "readme.md", "lesson.txt", "lesson"] {
        assert!(!is_lesson(Path::new(name)), "{name}");
    }
    for name in ["handshake.md", "tcp.vs.udp-loss.md", "zh-CN.md"] {
        assert!(is_lesson(Path::new(name)), "{name}");
    }
}

#[test]
fn links_that_lead_in_a_circle_are_not_followed() {
    let folder = Folder::new().lesson("part/lesson.md", "");
    std::os::unix::fs::symlink(folder.0.path(), folder.0.path().join("part/again")).unwrap();
    assert_eq!(folder.catalog().entries().len(), 1);
}

#[test]
fn a_circle_of_needs_is_drawn_once() {
    let folder =
        Folder::new().lesson("a.md", "\"b\"").lesson("b.md", "\"c\"").lesson("c.md", "\"a\"").lesson("d.md", "\"d\"");
    assert_eq!(
        folder.complaints(),
        "error: `a` needs itself: nobody could begin\n ┌─ a.md:5:10\n5│ needs = [\"b\"]\n \
         │          ^^^ a → b → c → a\n\n\
         error: `d` needs itself: nobody could begin\n ┌─ d.md:5:10\n5│ needs = [\"d\"]\n │          ^^^ d → d"
    );
}

#[test]
fn a_needed_lesson_has_to_be_there() {
    let folder = Folder::new().lesson("handshake.md", "").lesson("b.md", "\"handshak\"");
    assert_eq!(
        folder.complaints(),
        "error: there is no lesson called `handshak`\n ┌─ b.md:5:10\n5│ needs = [\"handshak\"]\n \
         │          ^^^^^^^^^^ needed here\n = help: did you mean `handshake`?"
    );
}

#[test]
fn two_lessons_cannot_share_a_name() {
    let folder = Folder::new().lesson("1/ports.md", "").lesson("2/ports.md", "");
    assert!(folder.complaints().contains("two lessons are called `ports`: `1/ports.md` and `2/ports.md`"));
}

#[test]
fn what_is_neither_a_name_nor_a_path_is_answered_with_the_nearest_name() {
    let folder = Folder::new().lesson("handshake.md", "");
    let message = folder.catalog().find("hanshake").unwrap_err().to_string();
    assert_eq!(message, "error: there is no lesson called `hanshake`\n  = help: did you mean `handshake`?");
    let message = folder.catalog().find("zzz").unwrap_err().to_string();
    assert!(message.contains("`wiretutor list` shows the lessons"), "{message}");
}

#[test]
fn a_lesson_of_ones_own_is_found_by_its_path() {
    let folder = Folder::new().lesson("part/own.md", "");
    let path = folder.0.path().join("part/own.md");
    let lesson = Catalog::embedded().find(path.to_str().unwrap()).unwrap().lesson;
    assert_eq!((lesson.part.as_str(), lesson.name.as_str()), ("part", "own"));
    let message = Catalog::embedded().find(folder.0.path().to_str().unwrap()).unwrap_err().to_string();
    assert!(message.contains("is a folder, not a lesson"), "{message}");
}

#[test]
fn a_file_that_needs_itself_through_its_neighbour_is_refused() {
    let folder = Folder::new().lesson("a.md", "\"b\"").lesson("b.md", "\"a\"");
    let path = folder.0.path().join("b.md");
    let message = Catalog::embedded().find(path.to_str().unwrap()).unwrap_err().to_string();
    assert!(message.contains("b → a → b"), "{message}");
}

#[test]
fn lessons_are_selected_by_name_by_file_and_by_folder() {
    let folder = Folder::new().lesson("a.md", "").lesson("part/b.md", "").lesson("part/c.md", "");
    let catalog = folder.catalog();
    let select = |wanted: &[String]| {
        let lessons = catalog.select(wanted).unwrap();
        lessons.into_iter().map(|lesson| lesson.name).collect::<Vec<_>>()
    };
    let path = |path: &str| folder.0.path().join(path).to_str().unwrap().to_owned();
    assert_eq!(select(&[]), ["a", "b", "c"]);
    assert_eq!(select(&["a".into(), path("part")]), ["a", "b", "c"]);
    assert_eq!(select(&[path("part/c.md")]), ["c"]);
}

#[test]
fn everything_that_is_wrong_with_a_selection_is_told() {
    let folder = Folder::new().lesson("a.md", "\"b\"").lesson("b.md", "\"a\"").file("c.md", "nothing");
    let wanted = [folder.0.path().to_str().unwrap().to_owned(), "nobody".into()];
    let message = Catalog::embedded().select(&wanted).unwrap_err().to_string();
    for part in ["a → b → a", "a lesson begins with its front matter", "no lesson called `nobody`"] {
        assert!(message.contains(part), "{part} is missing in:\n{message}");
    }
}

#[test]
fn an_empty_folder_has_no_lessons() {
    let message = Catalog::folder(Folder::new().0.path()).unwrap_err().to_string();
    assert!(message.contains("there is no lesson in"), "{message}");
}

#[test]
fn a_file_may_need_its_neighbours() {
    let folder = Folder::new().lesson("a.md", "").lesson("b.md", "\"a\"").lesson("c.md", "\"nobody\"");
    assert!(Catalog::file(&folder.0.path().join("b.md")).complaints().is_empty());
    assert_eq!(Catalog::file(&folder.0.path().join("c.md")).complaints().len(), 1);
}

#[test]
fn the_programs_own_lessons_are_right() {
    let catalog = Catalog::embedded();
    let mut wrong: Vec<String> = catalog.complaints().iter().map(ToString::to_string).collect();
    wrong.extend(catalog.entries().iter().filter_map(|entry| entry.lesson().err()).map(|wrong| wrong.to_string()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
