//! The order in which lessons are listed: by part, and in each part what is needed before what needs it.

use super::Entry;

/// Sorts entries that stand in the order of their paths. Among those that wait for nothing, the path decides; where
/// lessons need each other in a circle, too: the circle itself is complained about elsewhere.
pub(super) fn in_teaching_order(entries: Vec<Entry>) -> Vec<Entry> {
    let mut waiting: Vec<(Entry, Vec<String>)> = entries.into_iter().map(with_needs).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some((first, _)) = waiting.first() {
        let part = first.part.clone();
        let here = |entry: &Entry| entry.part == part;
        let is_ready = |(entry, needs): &(Entry, Vec<String>)| {
            here(entry) && !needs.iter().any(|need| waiting.iter().any(|(other, _)| here(other) && other.name == *need))
        };
        let next = waiting.iter().position(is_ready).unwrap_or(0);
        ordered.push(waiting.remove(next).0);
    }
    ordered
}

/// What cannot be read needs nothing: it is complained about when it is asked for.
fn with_needs(entry: Entry) -> (Entry, Vec<String>) {
    let needs = entry.front().map(|front| front.needs.into_iter().map(|need| need.name).collect());
    (entry, needs.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Catalog;

    /// The names of a folder with these lessons and their needs, as a catalog lists them.
    fn listed(lessons: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (path, needs) in lessons {
            let path = folder.path().join(format!("{path}.md"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let needs = needs.split_whitespace().map(|need| format!("{need:?}")).collect::<Vec<_>>().join(",");
            let front = format!("+++\ntitle=\"T\"\nsummary=\"S\"\nminutes=1\nneeds=[{needs}]\n+++\n");
            fs::write(path, front).unwrap();
        }
        let catalog = Catalog::folder(folder.path()).unwrap();
        catalog.entries().iter().map(|entry| entry.name.clone()).collect()
    }

    #[test]
    fn what_is_needed_comes_first_within_a_part() {
        let lessons = [("1/b", ""), ("2/close", "handshake"), ("2/handshake", "b"), ("2/reset", "close"), ("3/a", "")];
        assert_eq!(listed(&lessons), ["b", "handshake", "close", "reset", "a"]);
    }

    #[test]
    fn parts_keep_their_order_whatever_their_lessons_need() {
        assert_eq!(listed(&[("1/a", "z"), ("2/z", "")]), ["a", "z"]);
    }

    #[test]
    fn a_circle_is_listed_in_the_order_of_paths() {
        assert_eq!(listed(&[("1/a", "b"), ("1/b", "a"), ("1/c", "")]), ["c", "a", "b"]);
    }
}
