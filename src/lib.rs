//! The house of `wiretutor`. Data goes one way; a room may use only the rooms below it.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`command`] | one file a subcommand: joins a source of events to a face |
//! | [`face`] | functions of the timeline: plain text, JSON, a capture |
//! | [`narrate`] | what a packet means, in sentences |
//! | [`lab`] | runs a lesson's lab blocks: hosts, actors, claims, live values |
//! | [`lesson`] | Markdown to `Lesson`: model, parser, catalog, diagnostics |
//! | [`timeline`] | events, their order, and folding them to a position |
//! | [`conversation`] | what packets say about the two ends of a conversation |
//! | [`pcap`] | capture files |
//! | [`packet`] | bytes to `Packet`, and the meaning of every field |
//! | [`link`] | what joins the hosts: sandbox, loopback with its capture, wire |
//! | [`kernel`] | what the kernel says: clock, states, `sock_diag`, `TCP_INFO` |
//!
//! `docs/architecture.md` tells how the rooms work together.

pub mod cli;
pub mod command;
pub mod conversation;
pub mod face;
pub mod kernel;
pub mod lab;
pub mod lesson;
pub mod link;
pub mod narrate;
pub mod packet;
pub mod pcap;
pub mod timeline;
