use spoke_moment::{Deadline, Moment};
use spoke_wire::{MAX_ACKS_SENT, Opcode};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use thiserror::Error;

/// Messages that may be unacknowledged at a time, counted from the oldest such one (OpenVPN 2.6).
const SEND_WINDOW: usize = 6;

/// How far ahead of the next expected message others are kept (OpenVPN 2.6).
const RECEIVE_WINDOW: u32 = 12;

/// Messages that may wait for the send window; more means that the peer takes nothing any more.
const QUEUE_LIMIT: usize = 1024;

/// A message is sent again after this time without an acknowledgement, then after twice that, and so on.
const FIRST_RETRANSMIT: Duration = Duration::from_secs(1);
const LAST_RETRANSMIT: Duration = Duration::from_secs(8);

/// A message is sent again at once when this many later ones were acknowledged.
const FAST_RETRANSMIT: u8 = 3;

/// Numbered messages in order and without loss over packets that may be lost: one key-id, both directions.
pub(crate) struct Reliable {
    retransmits: bool,
    next_to_send: u32,
    /// In order of id; the front is never acknowledged.
    in_flight: VecDeque<InFlight>,
    waiting: VecDeque<(Opcode, Vec<u8>)>,
    next_to_deliver: u32,
    early: BTreeMap<u32, Received>,
    /// Messages to acknowledge, each once.
    to_acknowledge: VecDeque<u32>,
    /// They leave before any message, by themselves.
    apart: bool,
    /// Those acknowledged last, newest first: what is sent again acknowledges them again. A server without memory
    /// knows a client only by that.
    acknowledged: VecDeque<u32>,
}

/// A packet to wrap and transmit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) opcode: Opcode,
    pub(crate) acks: Vec<u32>,
    pub(crate) message: Option<(u32, Vec<u8>)>,
}

/// A message that has arrived in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) opcode: Opcode,
    pub(crate) payload: Vec<u8>,
}

/// The peer does not take what we send.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{QUEUE_LIMIT} control messages wait for acknowledgements that do not come")]
pub(crate) struct QueueFull;

struct InFlight {
    id: u32,
    opcode: Opcode,
    payload: Vec<u8>,
    acknowledged: bool,
    later_acks: u8,
    due: Option<Moment>,
    interval: Duration,
}

impl Reliable {
    /// `retransmits` is false on TCP, which loses nothing.
    pub(crate) fn new(retransmits: bool) -> Self {
        Self {
            retransmits,
            next_to_send: 0,
            in_flight: VecDeque::new(),
            waiting: VecDeque::new(),
            next_to_deliver: 0,
            early: BTreeMap::new(),
            to_acknowledge: VecDeque::new(),
            apart: false,
            acknowledged: VecDeque::new(),
        }
    }

    /// Goes on after one message each way, sent, received and acknowledged without this value.
    pub(crate) const fn resume(&mut self) {
        self.next_to_send = 1;
        self.next_to_deliver = 1;
    }

    /// Queues a message; it leaves as soon as the window allows.
    pub(crate) fn send(&mut self, opcode: Opcode, payload: Vec<u8>) -> Result<(), QueueFull> {
        if self.waiting.len() >= QUEUE_LIMIT {
            return Err(QueueFull);
        }
        self.waiting.push_back((opcode, payload));
        Ok(())
    }

    /// Has what there is to acknowledge now leave in packets of its own before the messages that wait, where packets
    /// stay in order.
    pub(crate) const fn acknowledge_apart(&mut self) {
        self.apart = !self.retransmits;
    }

    /// Notes acknowledgements; those of messages not in flight are repeats and mean nothing.
    pub(crate) fn handle_acks(&mut self, now: Moment, acks: &[u32]) {
        for ack in acks {
            let Some(at) = self.in_flight.iter().position(|message| message.id == *ack) else {
                continue;
            };
            for (index, message) in self.in_flight.iter_mut().enumerate().take(at + 1) {
                if index == at {
                    message.acknowledged = true;
                } else if !message.acknowledged {
                    message.later_acks = message.later_acks.saturating_add(1);
                    if self.retransmits && message.later_acks == FAST_RETRANSMIT {
                        message.due = Some(now);
                    }
                }
            }
        }
        while self
            .in_flight
            .front()
            .is_some_and(|front| front.acknowledged)
        {
            self.in_flight.pop_front();
        }
    }

    /// Takes a received message; what is inside or below the window gets acknowledged.
    pub(crate) fn handle_message(&mut self, id: u32, opcode: Opcode, payload: Vec<u8>) {
        let above = id.saturating_sub(self.next_to_deliver);
        if above >= RECEIVE_WINDOW {
            return;
        }
        if id >= self.next_to_deliver {
            let received = Received { opcode, payload };
            self.early.entry(id).or_insert(received);
        }
        if !self.to_acknowledge.contains(&id) {
            self.to_acknowledge.push_back(id);
        }
    }

    /// The next message in order, if it is there.
    pub(crate) fn deliver(&mut self) -> Option<Received> {
        let received = self.early.remove(&self.next_to_deliver)?;
        self.next_to_deliver = self.next_to_deliver.saturating_add(1);
        Some(received)
    }

    /// The next packet to transmit at `now`, until there is none.
    pub(crate) fn poll(&mut self, now: Moment) -> Option<Outgoing> {
        self.apart &= !self.to_acknowledge.is_empty();
        if self.apart {
            return Some(self.outgoing(Opcode::AckV1, None));
        }
        if self.in_flight.len() < SEND_WINDOW
            && let Some((opcode, payload)) = self.waiting.pop_front()
        {
            let id = self.next_to_send;
            self.next_to_send = self.next_to_send.saturating_add(1);
            self.in_flight.push_back(InFlight {
                id,
                opcode,
                payload: payload.clone(),
                acknowledged: false,
                later_acks: 0,
                due: self.retransmits.then_some(now + FIRST_RETRANSMIT),
                interval: FIRST_RETRANSMIT,
            });
            return Some(self.outgoing(opcode, Some((id, payload))));
        }
        if let Some(message) = self
            .in_flight
            .iter_mut()
            .find(|message| !message.acknowledged && message.due.is_some_and(|due| due <= now))
        {
            message.interval = (message.interval * 2).min(LAST_RETRANSMIT);
            message.due = Some(now + message.interval);
            let (opcode, again) = (message.opcode, (message.id, message.payload.clone()));
            let mut packet = self.outgoing(opcode, Some(again));
            packet.acks = self.acknowledged.iter().copied().collect();
            return Some(packet);
        }
        if self.to_acknowledge.is_empty() {
            return None;
        }
        Some(self.outgoing(Opcode::AckV1, None))
    }

    /// When a message is due again.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.in_flight
            .iter()
            .filter(|message| !message.acknowledged)
            .filter_map(|message| message.due)
            .min()
            .map(|at| Deadline::new(at, "retransmit an unacknowledged control message"))
    }

    /// Whether the peer has acknowledged all that we sent.
    pub(crate) fn all_acknowledged(&self) -> bool {
        self.in_flight.is_empty() && self.waiting.is_empty()
    }

    fn outgoing(&mut self, opcode: Opcode, message: Option<(u32, Vec<u8>)>) -> Outgoing {
        let count = self.to_acknowledge.len().min(MAX_ACKS_SENT);
        let acks: Vec<u32> = self.to_acknowledge.drain(..count).collect();
        for ack in &acks {
            self.acknowledged.retain(|earlier| earlier != ack);
            self.acknowledged.push_front(*ack);
        }
        self.acknowledged.truncate(MAX_ACKS_SENT);
        Outgoing {
            opcode,
            acks,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: u64) -> Moment {
        Moment::from_origin(Duration::from_millis(millis))
    }

    fn filled(retransmits: bool, messages: u8) -> Reliable {
        let mut sender = Reliable::new(retransmits);
        for n in 0..messages {
            sender.send(Opcode::ControlV1, vec![n]).unwrap();
        }
        sender
    }

    fn drain(end: &mut Reliable, now: Moment) -> Vec<Outgoing> {
        std::iter::from_fn(|| end.poll(now)).collect()
    }

    fn ids(packets: &[Outgoing]) -> Vec<u32> {
        let messages = packets.iter().filter_map(|packet| packet.message.as_ref());
        messages.map(|(id, _)| *id).collect()
    }

    #[test]
    fn no_more_than_the_window_is_in_flight() {
        let mut sender = filled(true, 10);
        assert_eq!(ids(&drain(&mut sender, at(0))), [0, 1, 2, 3, 4, 5]);
        // A hole at the front keeps the window where it is.
        sender.handle_acks(at(1), &[1, 2]);
        assert_eq!(ids(&drain(&mut sender, at(1))), [0; 0]);
        sender.handle_acks(at(2), &[0]);
        assert_eq!(ids(&drain(&mut sender, at(2))), [6, 7, 8]);
    }

    #[test]
    fn a_message_is_sent_again_after_one_two_four_and_eight_seconds() {
        let mut sender = filled(true, 1);
        let mut times = Vec::new();
        for second in 0..40 {
            let sent = drain(&mut sender, at(1000 * second)).len();
            times.extend(std::iter::repeat_n(second, sent));
        }
        assert_eq!(times, [0, 1, 3, 7, 15, 23, 31, 39]);
        sender.handle_acks(at(40_000), &[0]);
        assert_eq!(sender.deadline(), None);
    }

    #[test]
    fn three_later_acknowledgements_bring_a_message_back_at_once() {
        let mut sender = filled(true, 4);
        drain(&mut sender, at(0));
        sender.handle_acks(at(10), &[1, 2]);
        assert_eq!(ids(&drain(&mut sender, at(10))), [0; 0]);
        sender.handle_acks(at(20), &[3]);
        assert_eq!(ids(&drain(&mut sender, at(20))), [0]);
    }

    #[test]
    fn nothing_is_sent_twice_where_nothing_is_lost() {
        let mut sender = filled(false, 5);
        drain(&mut sender, at(0));
        sender.handle_acks(at(10), &[1, 2, 3, 4]);
        assert_eq!(sender.deadline(), None);
        assert_eq!(drain(&mut sender, at(1_000_000)), []);
    }

    #[test]
    fn acknowledgements_are_four_a_packet_and_none_comes_twice() {
        let mut receiver = Reliable::new(true);
        for id in [0, 1, 2, 3, 4, 5, 5, 0] {
            receiver.handle_message(id, Opcode::ControlV1, Vec::new());
        }
        let packets = drain(&mut receiver, at(0));
        let acks: Vec<_> = packets.iter().map(|packet| packet.acks.clone()).collect();
        assert_eq!(acks, [vec![0, 1, 2, 3], vec![4, 5]]);
        assert!(packets.iter().all(|packet| packet.opcode == Opcode::AckV1));
    }

    #[test]
    fn a_duplicate_is_acknowledged_again_and_the_far_future_is_not() {
        let mut receiver = Reliable::new(true);
        receiver.handle_message(0, Opcode::ControlV1, Vec::new());
        assert!(receiver.deliver().is_some());
        drain(&mut receiver, at(0));
        receiver.handle_message(0, Opcode::ControlV1, Vec::new());
        receiver.handle_message(13, Opcode::ControlV1, Vec::new());
        receiver.handle_message(12, Opcode::ControlV1, Vec::new());
        let packets = drain(&mut receiver, at(1));
        assert_eq!(
            packets.iter().map(|p| p.acks.clone()).collect::<Vec<_>>(),
            [vec![0, 12]]
        );
        assert_eq!(receiver.deliver(), None);
    }

    #[test]
    fn an_acknowledgement_rides_with_a_message() {
        let mut end = filled(true, 1);
        end.handle_message(0, Opcode::ControlV1, Vec::new());
        let packets = drain(&mut end, at(0));
        assert_eq!((packets.len(), packets[0].acks.as_slice()), (1, &[0][..]));
    }

    #[test]
    fn acknowledgements_go_ahead_of_a_message_where_that_is_asked_and_order_is_kept() {
        for (retransmits, acks, carrier) in [(false, vec![4, 1, 0], 2), (true, vec![4, 1], 0)] {
            let mut end = filled(retransmits, 1);
            for id in 0..5 {
                end.handle_message(id, Opcode::ControlV1, Vec::new());
            }
            end.acknowledge_apart();
            let packets = drain(&mut end, at(0));
            let counts: Vec<_> = packets.iter().map(|packet| packet.acks.len()).collect();
            assert_eq!(counts, acks);
            assert!(packets[carrier].message.is_some());
        }
    }

    proptest! {
        #[test]
        fn whatever_is_lost_or_late_arrives_once_and_in_order(
            messages in 1u8..60,
            loss in 0u64..35,
            longest in 1u64..3000,
            mut seed in 1u64..,
        ) {
            let mut chance = |below: u64| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                (seed >> 11) % below
            };
            let (mut sender, mut receiver) = (filled(true, messages), Reliable::new(true));
            let (mut to_receiver, mut to_sender) = (Vec::new(), Vec::new());
            let mut delivered = Vec::new();
            // Ten minutes are enough for any luck.
            for tick in 0..60_000u64 {
                let quiet = to_receiver.is_empty() && to_sender.is_empty();
                if tick > 0 && quiet && sender.all_acknowledged() {
                    break;
                }
                let now = at(10 * tick);
                for (end, link) in [(&mut sender, &mut to_receiver), (&mut receiver, &mut to_sender)] {
                    for packet in drain(end, now) {
                        prop_assert!(packet.acks.len() <= MAX_ACKS_SENT);
                        let due = now + Duration::from_millis(chance(longest));
                        if chance(100) >= loss {
                            link.push((due, packet));
                        }
                    }
                }
                for (_, packet) in to_receiver.extract_if(.., |(due, _)| *due <= now) {
                    if let Some((id, payload)) = packet.message {
                        receiver.handle_message(id, packet.opcode, payload);
                    }
                }
                for (_, packet) in to_sender.extract_if(.., |(due, _)| *due <= now) {
                    sender.handle_acks(now, &packet.acks);
                }
                delivered.extend(std::iter::from_fn(|| receiver.deliver()).map(|r| r.payload));
            }
            let expected: Vec<Vec<u8>> = (0..messages).map(|n| vec![n]).collect();
            prop_assert_eq!(&delivered, &expected);
            prop_assert!(sender.all_acknowledged());
        }
    }
}
