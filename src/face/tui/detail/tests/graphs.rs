use super::*;

#[test]
fn graphs_have_axes_and_the_line_of_the_position() {
    let run = Ran::on_the_wire();
    let middle = run.behind(|what| matches!(what, What::Fate { fate: Fate::Corrupted { .. }, .. }));
    check("graph-sequence", &run, &open(Tab::Graphs), At { position: middle, ..At::default() });
    let mut state = open(Tab::Graphs);
    let at = At { position: run.end(), ..At::default() };
    run.with(at, &theme(), |subject| (0..2).for_each(|_| state.act(Move::Right, Rect::default(), subject)));
    check("graph-cwnd", &run, &state, at);
    snapshot::check("detail-graph-cwnd-ascii", &run.drawn(&state, at, (78, 12), &ascii()));
}

#[test]
fn a_click_on_its_name_chooses_a_graph() {
    let run = Ran::on_the_wire();
    let at = At { position: run.end(), ..At::default() };
    let mut state = open(Tab::Graphs);
    let (x, y) = find(&run.drawn(&state, at, (78, 12), &theme()), "rtt");
    assert!(run.with(at, &theme(), |subject| state.click(x, y, Rect::new(1, 1, 78, 12), subject)));
    assert!(run.drawn(&state, at, (78, 12), &theme()).contains("[rtt]"));
    assert!(!run.with(at, &theme(), |subject| state.click(x, y + 3, Rect::new(1, 1, 78, 12), subject)));
}

#[test]
fn what_is_recorded_and_was_not_seen_yet_is_not_drawn() {
    let run = Ran::on_the_wire();
    let middle = run.behind(|what| matches!(what, What::Fate { fate: Fate::Corrupted { .. }, .. }));
    let mut cut = Ran::on_the_wire();
    cut.reel.cut(middle);
    for steps in 0..3 {
        let mut state = open(Tab::Graphs);
        let at = At { position: middle, seen: Some(middle), ..At::default() };
        run.with(at, &theme(), |subject| (0..steps).for_each(|_| state.act(Move::Right, Rect::default(), subject)));
        let drawn = run.drawn(&state, at, (78, 12), &theme());
        assert_eq!(drawn, cut.drawn(&state, at, (78, 12), &theme()), "as if the rest had not happened");
        assert_ne!(drawn, run.drawn(&state, At { seen: None, ..at }, (78, 12), &theme()));
    }
}

/// The wire with a minute in which nothing happens before this event.
fn with_a_minute_before(event: usize) -> Ran {
    let mut events = wire::events();
    events.iter_mut().skip(event).for_each(|event| event.at.0 += 60_000_000_000);
    Ran::of(wire::lesson(), events)
}

#[test]
fn the_time_in_which_the_lab_waited_for_a_reader_is_cut_out() {
    let run = Ran::on_the_wire();
    let drawn =
        |run: &Ran| run.drawn(&open(Tab::Graphs), At { position: run.end(), ..At::default() }, (98, 16), &theme());
    let of = |event: usize| drawn(&with_a_minute_before(event));
    let events = run.reel.events();
    let begins = |event: &usize| matches!(events[*event].what, What::Line { .. });
    let (lines, others): (Vec<usize>, Vec<usize>) = (0..run.end()).partition(begins);
    let cut = lines.into_iter().map(of).find(|picture| picture.contains("pauses cut out")).unwrap();
    snapshot::check("detail-graph-pause", &cut);
    assert!(!drawn(&run).contains("pauses cut out"));
    for picture in others.into_iter().filter(|event| matches!(events[*event].what, What::Frame { .. })).map(of) {
        assert!(!picture.contains("pauses cut out"), "nobody was waited for:\n{picture}");
    }
}
