//! Packets kept in a new file, each with its explanation as a comment.

use std::{io, path::Path};

use crate::{
    face::{capture::Seen, file::ResultFile},
    narrate::narrate,
    pcap::{
        Interface,
        write::{self, Frame, InterfaceId, Section, Writer},
    },
};

/// The file on its way.
#[derive(Debug)]
pub(super) struct Export {
    writer: Writer<ResultFile>,
    described: Vec<Interface>,
    /// The interfaces of the new file, by their numbers in the old one. Those without a packet are left out.
    written: Vec<Option<InterfaceId>>,
    packets: u64,
}

const APPLICATION: &str = concat!("wiretutor ", env!("CARGO_PKG_VERSION"));

impl Export {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let section = Section { application: Some(APPLICATION), ..Section::default() };
        let writer = Writer::new(ResultFile::create(path)?, &section)?;
        Ok(Self { writer, described: Vec::new(), written: Vec::new(), packets: 0 })
    }

    /// Interfaces of the old file.
    pub(super) fn describe(&mut self, interfaces: &[Interface]) {
        self.described.extend_from_slice(interfaces);
        self.written.resize(self.described.len(), None);
    }

    pub(super) fn packet(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let interface = self.interface(seen.interface)?;
        let narration = narrate(seen.reading, seen.packet, &|end| end.to_string());
        let mut comments = vec![format!("\"{}\"", narration.headline)];
        comments.extend(narration.detail);
        comments.extend_from_slice(seen.comments);
        let (bytes, original) = (seen.bytes, seen.place.original);
        self.packets += 1;
        self.writer.frame(&Frame { interface, at: seen.at, bytes, original, direction: None, comments: &comments })
    }

    fn interface(&mut self, number: usize) -> io::Result<InterfaceId> {
        if let Some(Some(written)) = self.written.get(number) {
            return Ok(*written);
        }
        let described = self.described.get(number).cloned().unwrap_or_default();
        let (name, description) = (described.name.unwrap_or_default(), described.description.unwrap_or_default());
        let interface = write::Interface { name: &name, description: &description, link: described.link, snaplen: 0 };
        let written = self.writer.interface(&interface)?;
        if let Some(place) = self.written.get_mut(number) {
            *place = Some(written);
        }
        Ok(written)
    }

    /// Puts the file in its place; the answer is how many packets it has.
    pub(super) fn finish(self) -> io::Result<u64> {
        self.writer.into_inner().keep()?;
        Ok(self.packets)
    }
}
