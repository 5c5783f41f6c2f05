//! The errors that a system call can give, by their names in C and their numbers here.

macro_rules! errors {
    ($($name:ident)+) => {
        /// Name and number of every error that a call on a socket is documented to give.
        pub static ERRORS: &[(&str, i32)] = &[$((stringify!($name), libc::$name)),+];
    };
}

errors! {
    EPERM ENOENT EINTR EIO EBADF EAGAIN ENOMEM EACCES EFAULT EBUSY EINVAL ENFILE EMFILE ENOSPC EPIPE EDOM
    ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EAFNOSUPPORT
    EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN
    ESHUTDOWN ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS EPROTO ENODEV
}

/// The number of the error with this name. `EWOULDBLOCK` is Linux's other name of `EAGAIN`.
#[must_use]
pub fn find(name: &str) -> Option<(&'static str, i32)> {
    let name = if name == "EWOULDBLOCK" { "EAGAIN" } else { name };
    ERRORS.iter().copied().find(|(known, _)| *known == name)
}

/// The name of the error with this number.
#[must_use]
pub fn name(number: i32) -> Option<&'static str> {
    ERRORS.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
}

/// What the system calls the error: `Connection refused`.
#[must_use]
pub fn words(number: i32) -> String {
    let whole = std::io::Error::from_raw_os_error(number).to_string();
    whole.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_number_belong_together() {
        assert_eq!(find("ECONNREFUSED"), Some(("ECONNREFUSED", libc::ECONNREFUSED)));
        assert_eq!(name(libc::ECONNREFUSED), Some("ECONNREFUSED"));
        assert_eq!(find("EWOULDBLOCK"), Some(("EAGAIN", libc::EAGAIN)));
        assert_eq!(find("ENONSENSE"), None);
    }

    #[test]
    fn the_systems_words_come_without_the_number() {
        assert_eq!(words(libc::ECONNREFUSED), "Connection refused");
    }
}
