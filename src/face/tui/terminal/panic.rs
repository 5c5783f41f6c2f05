//! What a panic does to the terminal: it gives it back before it says anything.

use std::{
    panic::{self, PanicHookInfo},
    process,
    sync::Once,
};

use super::hold;

/// The status of a Rust program that has panicked.
const PANICKED: i32 = 101;

/// Sets the hook, once; the one before it says the words.
pub(super) fn hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            let by_another = hold::is_held_by_another();
            let _ = hold::give_back("", || {});
            before(info);
            // The app's own thread ends the process by itself; another one would leave an app without a terminal.
            if by_another {
                process::exit(PANICKED);
            }
        }));
    });
}
