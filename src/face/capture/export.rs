//! Packets kept in a new file, each with what it says as its comments: for Wireshark, and for `open` itself.

use std::io::{self, Write};

use super::Seen;
use crate::{
    narrate::narrate,
    pcap::{
        Interface,
        write::{self, Frame, InterfaceId, Section, Writer},
    },
};

/// The file on its way.
#[derive(Debug)]
pub struct Export<W> {
    out: Out<W>,
    /// What the old file says of itself.
    comments: Vec<String>,
    described: Vec<Interface>,
    /// The interfaces of the new file, by their numbers in the old one. Those without a packet are left out.
    written: Vec<Option<InterfaceId>>,
    packets: u64,
}

/// The section comes first, with what the old file has said until then.
#[derive(Debug)]
enum Out<W> {
    NotBegun(W),
    Begun(Writer<W>),
    /// Only while the one becomes the other, or where that failed.
    Nothing,
}

const APPLICATION: &str = concat!("wiretutor ", env!("CARGO_PKG_VERSION"));

impl<W: Write> Export<W> {
    #[must_use]
    pub fn new(out: W) -> Self {
        let (comments, described, written) = (Vec::new(), Vec::new(), Vec::new());
        Self { out: Out::NotBegun(out), comments, described, written, packets: 0 }
    }

    /// Interfaces of the old file, and what it says of itself.
    pub fn describe(&mut self, interfaces: &[Interface], comments: &[String]) {
        self.described.extend_from_slice(interfaces);
        self.written.resize(self.described.len(), None);
        self.comments.extend_from_slice(comments);
    }

    /// # Errors
    /// When it can not be written.
    pub fn packet(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let interface = self.interface(seen.interface)?;
        let narration = narrate(seen.reading, seen.packet, &|end| end.to_string());
        let mut comments = vec![format!("\"{}\"", narration.headline)];
        comments.extend(narration.detail);
        // In a file that was kept by this program they are there already.
        comments
            .extend(seen.comments.iter().filter(|comment| !comments.contains(comment)).cloned().collect::<Vec<_>>());
        let (at, bytes, original, direction) = (seen.at, seen.bytes, seen.place.original, seen.direction);
        self.packets += 1;
        self.writer()?.frame(&Frame { interface, at, bytes, original, direction, comments: &comments })
    }

    fn writer(&mut self) -> io::Result<&mut Writer<W>> {
        if let Out::NotBegun(_) = self.out
            && let Out::NotBegun(out) = std::mem::replace(&mut self.out, Out::Nothing)
        {
            let section = Section { application: Some(APPLICATION), comments: &self.comments, ..Section::default() };
            self.out = Out::Begun(Writer::new(out, &section)?);
        }
        match &mut self.out {
            Out::Begun(writer) => Ok(writer),
            _ => Err(io::Error::other("the file could not be begun")),
        }
    }

    fn interface(&mut self, number: usize) -> io::Result<InterfaceId> {
        if let Some(Some(written)) = self.written.get(number) {
            return Ok(*written);
        }
        let described = self.described.get(number).cloned().unwrap_or_default();
        let (name, description) = (described.name.unwrap_or_default(), described.description.unwrap_or_default());
        let interface = write::Interface { name: &name, description: &description, link: described.link, snaplen: 0 };
        let written = self.writer()?.interface(&interface)?;
        if let Some(place) = self.written.get_mut(number) {
            *place = Some(written);
        }
        Ok(written)
    }

    /// The whole file, and how many packets it has.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        self.writer()?;
        match self.out {
            Out::Begun(writer) => Ok((writer.into_inner(), self.packets)),
            _ => Err(io::Error::other("the file could not be begun")),
        }
    }
}
