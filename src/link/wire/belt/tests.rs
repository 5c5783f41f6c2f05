//! The belt without sockets and clocks: what it is given, and what comes out of it.

use proptest::prelude::*;

use super::{super::switch::Alteration, *};

const MILLI: Duration = Duration::from_millis(1);
const HOSTS: usize = 2;

/// Writes down what leaves and what is reported.
#[derive(Default)]
struct Notes {
    sent: Vec<(HostIndex, Vec<u8>)>,
    reports: Vec<WireReport>,
    refuses: Option<i32>,
}

impl Ends for Notes {
    fn send(&mut self, to: HostIndex, bytes: &[u8]) -> io::Result<()> {
        match self.refuses {
            Some(code) => Err(io::Error::from_raw_os_error(code)),
            None => {
                self.sent.push((to, bytes.to_vec()));
                Ok(())
            }
        }
    }

    fn report(&mut self, report: WireReport) {
        self.reports.push(report);
    }

    fn now(&self) -> Stamp {
        Stamp(0)
    }
}

impl Notes {
    fn sent(&mut self) -> String {
        self.sent.drain(..).map(|(_, bytes)| char::from(bytes[0])).collect()
    }

    fn discarded(&self) -> Vec<(FrameId, Why)> {
        let discarded = self.reports.iter().filter_map(|report| match report {
            WireReport::Discarded { id, why, .. } => Some((*id, *why)),
            _ => None,
        });
        discarded.collect()
    }
}

struct Bench {
    belt: Belt,
    notes: Notes,
    begin: Instant,
}

impl Bench {
    fn with_room(room: usize) -> Self {
        Self { belt: Belt::new(HOSTS, room), notes: Notes::default(), begin: Instant::now() }
    }

    fn new() -> Self {
        Self::with_room(1 << 20)
    }

    /// A frame from 0 to 1 that consists of its name.
    fn put(&mut self, name: char, decision: Decision) {
        self.put_at(name, decision, 0);
    }

    fn put_at(&mut self, name: char, decision: Decision, milliseconds: u32) {
        let bytes: Arc<[u8]> = vec![name as u8; 3].into();
        let frame = Frame { id: FrameId::from(name as u8), from: 0, to: 1, at: Stamp(0), bytes };
        self.belt.put(frame, decision, self.begin + milliseconds * MILLI, &mut self.notes);
    }

    fn decide(&mut self, name: char, decision: Decision) {
        self.belt.decide(FrameId::from(name as u8), decision, self.begin, &mut self.notes);
    }

    fn tick(&mut self, milliseconds: u32) -> String {
        self.belt.tick(self.begin + milliseconds * MILLI, &mut self.notes);
        self.notes.sent()
    }

    fn limit(&mut self, rate: Option<Rate>) {
        self.belt.limit(0, 1, rate, self.begin, &mut self.notes);
    }

    /// In milliseconds from the beginning.
    fn deadline(&self) -> Option<u128> {
        self.belt.deadline().map(|when| (when - self.begin).as_millis())
    }
}

fn delayed(milliseconds: u32) -> Decision {
    Decision::Copies(vec![Delivery { delay: milliseconds * MILLI, alteration: None }])
}

fn swap(milliseconds: u32) -> Decision {
    Decision::SwapWithNext { within: milliseconds * MILLI }
}

#[test]
fn a_delivered_frame_leaves_at_once() {
    let mut bench = Bench::new();
    bench.put('a', Decision::Deliver);
    assert_eq!(bench.notes.sent, [(1, b"aaa".to_vec())]);
    let [WireReport::Decided { .. }, WireReport::Left { copy: 0, altered: None, .. }] = bench.notes.reports[..] else {
        panic!("{:?}", bench.notes.reports);
    };
}

#[test]
fn a_held_frame_has_no_deadline_and_leaves_when_it_is_told() {
    let mut bench = Bench::new();
    bench.put('a', Decision::Hold);
    assert_eq!((bench.deadline(), bench.tick(1_000_000).as_str()), (None, ""));
    bench.decide('a', Decision::Hold);
    bench.decide('a', Decision::Deliver);
    assert_eq!((bench.notes.sent().as_str(), bench.belt.held().len()), ("a", 0));
    bench.decide('a', Decision::Deliver);
    assert!(matches!(bench.notes.reports.last(), Some(WireReport::NotHeld { .. })));
}

#[test]
fn twins_and_dropped_frames_never_leave() {
    let mut bench = Bench::new();
    bench.put('a', Decision::Drop);
    bench.put('b', Decision::TwinOf(1));
    bench.put('c', Decision::Copies(Vec::new()));
    assert_eq!((bench.tick(1_000).as_str(), bench.deadline()), ("", None));
}

#[test]
fn delayed_frames_leave_by_their_times_and_in_order() {
    let mut bench = Bench::new();
    bench.put('a', delayed(20));
    bench.put('b', delayed(10));
    bench.put('c', delayed(20));
    assert_eq!((bench.deadline(), bench.tick(9)), (Some(10), String::new()));
    assert_eq!((bench.tick(10).as_str(), bench.deadline()), ("b", Some(20)));
    assert_eq!((bench.tick(30).as_str(), bench.deadline()), ("ac", None));
}

#[test]
fn copies_are_altered_each_for_itself() {
    let mut bench = Bench::new();
    let cut = Delivery { alteration: Some(Alteration::Truncate { length: 1 }), ..Delivery::default() };
    let late = Delivery { delay: MILLI, ..cut };
    bench.put('a', Decision::Copies(vec![Delivery::default(), cut, late]));
    bench.belt.tick(bench.begin + MILLI, &mut bench.notes);
    assert_eq!(bench.notes.sent, [(1, b"aaa".to_vec()), (1, b"a".to_vec()), (1, b"a".to_vec())]);
    let copies = bench.notes.reports.iter().filter_map(|report| match report {
        WireReport::Left { copy, altered, .. } => Some((*copy, altered.is_some())),
        _ => None,
    });
    assert_eq!(copies.collect::<Vec<_>>(), [(0, false), (1, true), (2, true)]);
}

#[test]
fn a_swapped_frame_follows_the_next_that_leaves() {
    let mut bench = Bench::new();
    bench.put('a', swap(10));
    bench.put('b', Decision::Drop);
    bench.put('c', Decision::Hold);
    assert_eq!(bench.notes.sent(), "");
    bench.decide('c', Decision::Deliver);
    assert_eq!((bench.notes.sent().as_str(), bench.deadline()), ("ca", None));
}

#[test]
fn a_swapped_frame_leaves_alone_in_the_end() {
    let mut bench = Bench::new();
    bench.put('a', swap(10));
    assert_eq!((bench.deadline(), bench.tick(9)), (Some(10), String::new()));
    assert_eq!((bench.tick(10).as_str(), bench.deadline()), ("a", None));
}

#[test]
fn a_lifted_limit_lets_all_go() {
    let mut bench = Bench::new();
    // Three bytes take 24 ms.
    bench.limit(Some(Rate { bits_per_second: 1_000, queue: 3 }));
    for name in ['a', 'b', 'c', 'd'] {
        bench.put(name, Decision::Deliver);
    }
    assert_eq!(bench.notes.discarded(), [(u64::from(b'd'), Why::QueueFull)]);
    assert_eq!((bench.deadline(), bench.tick(23).as_str(), bench.tick(24).as_str()), (Some(24), "", "a"));
    bench.limit(None);
    assert_eq!((bench.notes.sent().as_str(), bench.deadline()), ("bc", None));
}

#[test]
fn what_the_kernel_refuses_is_reported() {
    for (code, why) in [(libc::EMSGSIZE, Why::TooLarge), (libc::ENETDOWN, Why::Refused(io::ErrorKind::NetworkDown))] {
        let mut bench = Bench::new();
        bench.notes.refuses = Some(code);
        bench.put('a', Decision::Deliver);
        assert_eq!(bench.notes.discarded(), [(u64::from(b'a'), why)]);
    }
}

#[test]
fn there_is_room_for_so_much_and_no_more() {
    let mut bench = Bench::with_room(2 * (3 + OVERHEAD));
    bench.put('a', Decision::Hold);
    bench.put('b', delayed(1));
    for (name, decision) in [('c', Decision::Hold), ('d', delayed(1)), ('e', swap(1))] {
        bench.put(name, decision);
    }
    bench.put('f', Decision::Deliver);
    assert_eq!(bench.notes.discarded(), [b'c', b'd', b'e'].map(|name| (u64::from(name), Why::NoRoom)));
    assert_eq!(bench.tick(1), "fb");
    bench.put('g', Decision::Hold);
    assert_eq!((bench.belt.held().len(), bench.notes.discarded().len()), (2, 3));
}

fn decisions() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(Decision::Deliver),
        Just(Decision::Hold),
        Just(Decision::Drop),
        (0..9u32).prop_map(delayed),
        (0..9u32).prop_map(swap),
        Just(Decision::Copies(vec![Delivery::default(); 3])),
    ]
}

proptest! {
    /// Whatever is decided, each copy leaves or is discarded once, and all room is free again in the end.
    #[test]
    fn nothing_is_lost_in_silence(
        steps in proptest::collection::vec((decisions(), decisions(), 0..4u32), 0..60),
        queue in proptest::option::of(0..5usize),
        room in 0..20_000usize,
    ) {
        let mut bench = Bench::with_room(room);
        bench.limit(queue.map(|queue| Rate { bits_per_second: 24_000, queue }));
        let (mut now, mut expected) = (0, 0);
        let copies = |decision: &Decision| match decision {
            Decision::Copies(copies) => copies.len(),
            Decision::Deliver | Decision::SwapWithNext { .. } => 1,
            _ => 0,
        };
        for (number, (first, second, pause)) in (0u8..).zip(&steps) {
            let name = char::from(number);
            bench.put_at(name, first.clone(), now);
            let was_held = bench.belt.held().get(number.into()).is_some();
            expected += copies(first) + usize::from(*first == Decision::Hold && !was_held);
            if was_held {
                let second = if *second == Decision::Hold { Decision::Drop } else { second.clone() };
                bench.belt.decide(number.into(), second.clone(), bench.begin + now * MILLI, &mut bench.notes);
                expected += copies(&second);
            }
            now += pause;
            bench.belt.tick(bench.begin + now * MILLI, &mut bench.notes);
        }
        while let Some(when) = bench.belt.deadline() {
            bench.belt.tick(when, &mut bench.notes);
        }
        let ended = |report: &&WireReport| matches!(report, WireReport::Left { .. } | WireReport::Discarded { .. });
        prop_assert_eq!(bench.notes.reports.iter().filter(ended).count(), expected);
        prop_assert_eq!(bench.belt.room, room);
    }
}
