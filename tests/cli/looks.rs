//! How text looks: colour or none, its width, and nothing in it that a terminal obeys.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    process::{Command, Stdio},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    Outcome, Test, run,
    support::{LessonFile, ensure, wiretutor},
};

pub(crate) const TESTS: &[Test] = &[
    Test::anywhere("a pipe gets no escapes unless they are asked for", pipes),
    Test::anywhere("a terminal gets colours unless somebody says otherwise", terminals),
    Test::anywhere("text is as wide as the terminal", as_wide_as_the_terminal),
    Test::anywhere("no line is longer than was asked for", widths),
    Test::anywhere("escapes in a faulty lesson are shown, not sent", escapes_in_faults),
    Test::lab("escapes in a lesson and in packets are shown, not sent", escapes_in_lessons),
    Test::lab("a failing lesson keeps to its width", failing_widths),
    Test::lab("a Chinese lesson runs, and wraps where Chinese may be wrapped", chinese),
];

const HANDSHAKE: [&str; 4] = ["run", "handshake", "--replay", "lessons/2-tcp/handshake.recording.ndjson"];

fn pipes() -> Outcome {
    let escapes = |more: &[&str], environment: &[(&str, &str)]| {
        let mut command = wiretutor();
        command.args(HANDSHAKE).args(more).envs(environment.iter().copied());
        crate::Done::of(&mut command).out.contains('\x1b')
    };
    ensure(!escapes(&[], &[]), || "a pipe was painted".to_owned())?;
    ensure(!escapes(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]), || "never".to_owned())?;
    ensure(escapes(&["--color", "always"], &[("NO_COLOR", "1")]), || "always".to_owned())?;
    ensure(escapes(&[], &[("CLICOLOR_FORCE", "1")]), || "CLICOLOR_FORCE".to_owned())?;
    ensure(!escapes(&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), || "NO_COLOR".to_owned())
}

/// What the program writes to a terminal of so many columns.
fn on_a_terminal(command: &mut Command, columns: u16) -> String {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    tcsetwinsize(&ours, Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut child = command.stdout(theirs).stderr(Stdio::null()).spawn().unwrap();
    // This process must not keep the program's side open, or its end would never be seen.
    command.stdout(Stdio::null());
    let mut text = Vec::new();
    let mut ours = File::from(ours);
    // A terminal that nobody writes to any more ends with an error instead of a length of 0.
    let _ = ours.read_to_end(&mut text);
    assert!(child.wait().unwrap().success());
    String::from_utf8(text).unwrap()
}

fn terminals() -> Outcome {
    let escapes = |name: &str, value: &str, more: &[&str]| {
        let text = on_a_terminal(wiretutor().env(name, value).args(HANDSHAKE).args(more), 80);
        assert!(text.contains("RECORDED"), "{text}");
        text.contains('\x1b')
    };
    ensure(escapes("TERM", "xterm-256color", &[]), || "a terminal was not painted".to_owned())?;
    ensure(!escapes("TERM", "dumb", &[]), || "TERM=dumb".to_owned())?;
    ensure(escapes("TERM", "dumb", &["--color", "always"]), || "always".to_owned())?;
    ensure(!escapes("NO_COLOR", "1", &[]), || "NO_COLOR".to_owned())?;
    ensure(!escapes("TERM", "xterm", &["--color", "never"]), || "never".to_owned())?;
    let help = on_a_terminal(wiretutor().env("NO_COLOR", "1").arg("--help"), 80);
    ensure(help.contains("Usage") && !help.contains('\x1b'), || help.clone())
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.trim_end().width()).max().unwrap_or(0)
}

fn as_wide_as_the_terminal() -> Outcome {
    for columns in [45, 72] {
        let text = on_a_terminal(wiretutor().env("NO_COLOR", "1").args(HANDSHAKE), columns);
        let found = widest(&text);
        ensure(found <= usize::from(columns) && found + 6 > usize::from(columns), || format!("{found}: {text}"))?;
    }
    Ok(())
}

/// What is longer than asked for, but for lines of a lesson that are drawn.
fn too_long(text: &str, width: usize) -> Vec<&str> {
    text.lines().filter(|line| line.width() > width && !line.contains(['│', '┌'])).collect()
}

fn widths() -> Outcome {
    for lesson in ["2-tcp/handshake", "2-tcp/close", "3-udp/udp"] {
        for width in ["40", "59", "100"] {
            let recording = format!("lessons/{lesson}.recording.ndjson");
            let name = lesson.split_once('/').unwrap().1;
            let done = run(["run", name, "--replay", &recording, "--width", width]);
            done.exits(0)?;
            let long = too_long(&done.out, width.parse().unwrap());
            ensure(long.is_empty(), || format!("{lesson} at {width}: {long:#?}"))?;
        }
    }
    Ok(())
}

fn failing_widths() -> Outcome {
    let lesson = LessonFile::script(
        "server listen tcp 80\nclient connect server:80\nclient > server SYN seq=?j\n\
         server > client SYN+ACK ack=j+2 within 50ms",
    );
    for width in ["40", "100"] {
        let done = run(["run", lesson.path.to_str().unwrap(), "--width", width]);
        done.exits(1)?.says("no packet matched")?;
        let long = too_long(&done.out, width.parse().unwrap());
        ensure(long.is_empty(), || format!("at {width}: {long:#?}"))?;
    }
    Ok(())
}

/// Everything that a terminal could obey: controls of both blocks, and what turns the direction of text.
fn obeyed(text: &str) -> Option<char> {
    text.chars()
        .find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// Escapes of both blocks in every place that is read before it is found to be wrong.
fn escapes_in_faults() -> Outcome {
    let evil = "\x1b]0;owned\x07\u{9b}31m\u{202e}";
    let text = format!(
        "+++\ntitle = \"A{evil}\"\nsummary = \"{evil}\"\nminutes = 1\nkey{evil} = 1\n+++\n\n## Step {evil}\n\n\
         Text {evil} {{{{x{evil}}}}}\n\n```lab\nserver lisen{evil}\n{evil}\nserver send \"{evil}\" x # {evil}\n```\n"
    );
    let lesson = LessonFile::new(&text);
    for command in ["run", "check", "lint"] {
        let done = run([command, lesson.path.to_str().unwrap()]);
        done.exits(2)?;
        let found = obeyed(&done.err).or_else(|| obeyed(&done.out));
        ensure(found.is_none(), || format!("{command} sent {found:?}: {done:#?}"))?;
    }
    for wanted in [evil, &format!("./{evil}.md")] {
        let done = run(["run", wanted]);
        done.exits(2)?;
        ensure(obeyed(&done.err).is_none(), || format!("{done:#?}"))?;
    }
    Ok(())
}

/// Bytes that a lesson may have: they are escaped in its text, and are on the wire as they are.
fn escapes_in_lessons() -> Outcome {
    let bytes = r"\x1b]0;owned\x07\x1b[2J\x9b31m\r\n\xe2\x80\xae";
    let lesson = LessonFile::script(&format!(
        "server listen tcp 80\nclient connect server:80\nserver accept as p\nclient send \"{bytes}\"\n\
         client > server payload \"{bytes}\"\nserver.p recv\nserver.p saw \"{bytes}\"\n\
         server.p send \"{bytes}\"\nclient recv\nclient saw \"something else {bytes}\""
    ));
    for arguments in [&["run"][..], &["run", "--json"], &["check"], &["run", "--width", "40"]] {
        let mut arguments = arguments.to_vec();
        arguments.push(lesson.path.to_str().unwrap());
        let done = run(arguments);
        done.exits(1)?.says("owned")?;
        let found = obeyed(&done.out).or_else(|| obeyed(&done.err));
        ensure(found.is_none(), || format!("sent {found:?}: {done:#?}"))?;
    }
    Ok(())
}

const CHINESE: &str = r#"+++
title   = "三次握手：两台主机怎样开始说话"
summary = "三个数据包建立一个连接。每个数字都是你自己的内核刚刚选的。"
minutes = 8
+++

服务器先要向内核要一个套接字，给它一个端口，并说明它愿意接受连接。这需要三个系统调用，而网络上什么也不会出现，因为没有人需要知道。

## 有人必须监听

```lab
server  listen tcp 80      # 服务器在监听
kernel  server LISTEN
client  connect server:80
syn:    client > server  SYN seq=?j
server  accept as peer
client  send "你好，世界"
client > server payload "你好，世界"
server.peer recv
server.peer saw "你好，世界"
```

客户端选了 **{{j}}**，服务器会回答 {{j + 1}}。这两个数字在每一次运行中都不一样，所以书上的数字从来不是你看到的数字。

```predict
哪一个先出现？
(x) 一个带序号而没有数据的包，因为双方还没有约定从哪个数字开始数
    - 它叫做 SYN：让双方的序号*同步*起来，之后每个字节都有自己的号码。
( ) 数据
    - 还没有：没有人知道服务器在不在，所以先要问一声。
```
"#;

fn chinese() -> Outcome {
    let lesson = LessonFile::new(CHINESE);
    for width in ["40", "60", "100"] {
        let done = run(["run", lesson.path.to_str().unwrap(), "--width", width]);
        done.exits(0)?.says("三次握手")?.says("\"你好，世界\"")?;
        let long = too_long(&done.out, width.parse().unwrap());
        ensure(long.is_empty(), || format!("at {width}: {long:#?}"))?;
        let wrong = done.out.lines().find(|line| line.trim_start().starts_with(['，', '。', '：', '？', '、']));
        ensure(wrong.is_none(), || format!("a line begins with what ends one: {wrong:?}"))?;
        let joined: String = done.out.lines().map(str::trim).collect();
        ensure(joined.contains("而网络上什么也不会出现，因为没有人需要知道。"), || {
            done.out.clone()
        })?;
    }
    Ok(())
}
