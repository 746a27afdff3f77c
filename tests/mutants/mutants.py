"""What each test of an attack or a fault stands for: a check removed or weakened, and the tests that must then go red."""
from typing import NamedTuple, Tuple

SESSION = "firmware/Springtail/Sessions/"
LISTENING = "firmware/Springtail/Listening/"
DELIVERY = "firmware/Springtail/Delivery/"
DISCOVERY = "firmware/Springtail/Discovery/"
TRANSFER = "firmware/Springtail/Transfer/"
SHAPE = "firmware/Springtail/Packets/TrafficShape.cs"
SOCKETS = "tools/Springtail.Host/Transport/SocketTransport.cs"
KEPT = "tools/Springtail.Host/State/"
SENDER = "tools/Springtail.Host/Transport/DatagramSender.cs"
LARGE = "tools/Springtail.Host/LargePackets/"


class Mutant(NamedTuple):
    name: str
    file: str
    text: str  # found exactly once in the file
    replacement: str
    tests: Tuple[str, ...]
    short: bool = False


FLIPPED = "Every_byte_of_every_packet_flipped_once_is_dropped_and_changes_nothing"
REPLAYED = "Replayed_reflected_and_truncated_packets_change_nothing"
BAD_NETWORK = "Every_reliable_message_arrives_once_and_in_order_through_loss_copies_disorder_and_damage"
NEVER_TWICE = "No_number_is_used_twice_under_one_key_also_beyond_2_to_the_32"
OTHER_ECHO = "A_SYN_ACK_that_echoes_something_else_is_dropped_and_the_client_waits_on"
CLOCK_ONCE = "A_clock_request_is_answered_once_and_each_PSK_once_a_second"
CLOCK_FLIPPED = "Every_byte_of_a_clock_request_and_its_answer_flipped_once_is_dropped"
SLEW = "The_clock_moves_by_at_most_a_tenth_of_elapsed_time_unless_the_correction_is_above_an_interval"
REKEY = "A_rekey_with_a_field_that_is_wrong_comes_to_nothing"
SOAK = "The_invariants_hold_over_a_few_seeds"
SLOW_HANDSHAKE = "A_handshake_that_was_slow_to_measure_is_followed_by_a_better_measurement_at_once"
CONTRADICTS = "A_fragment_that_contradicts_an_earlier_one_of_its_message_is_refused"
SILENT_WAKE = "What_waits_for_a_silent_device_that_wakes_at_another_address_comes_at_once"
RESUME_ALTERED = "Replayed_altered_truncated_and_reflected_RESUMEs_change_nothing"
SNAPSHOT_REFUSED = "A_snapshot_that_is_damaged_foreign_or_of_another_version_leads_to_a_new_session"
NOT_SAVED_YET = "What_a_snapshot_cannot_hold_is_waited_for"
SLEEP = SESSION + "Sleep.cs"
SPACE = SESSION + "PacketSpace.cs"
EPOCHS = SESSION + "Epochs.cs"
EXCHANGE = SESSION + "RekeyExchange.cs"
FLOW = SESSION + "Delivery.cs"
FORGED_SYN_ACKS = "A_client_that_gets_thousands_of_forged_SYN_ACKs_gives_three_guesses"
ASKED_WITHOUT_END = "A_server_that_is_asked_without_end_gives_three_guesses"

COPIED_SYN = "A_copied_SYN_is_answered_once_to_each_of_the_last_four_addresses"
OWN_NAME = "A_listener_answers_who_calls_it_by_its_name_alone"
WAITED = "What_waited_for_the_network_comes_once_and_in_order_within_5_s"
STOOD_STILL = "A_client_that_stood_still_connects_at_once_and_loses_nothing"
FIXED = "No_length_and_no_time_is_fixed_and_no_byte_seen_twice"

HELD = "Datagrams_held_leave_as_they_are_and_in_order"

KEY_HOLDER = "A_key_holder_who_sends_SYNs_without_end_gets_a_tenth_of_a_core_and_keeps_nobody_out"

EMERGENCY = "An_altered_delayed_reflected_or_replayed_request_or_response_changes_nothing"
INTERIM = "A_peer_that_shows_no_knowledge_of_the_interim_key_or_of_its_own_gets_no_session"

OVERDUE = "What_is_long_overdue_is_sent_again_when_the_peer_has_a_later_packet_of_any_type"
MOVES_AGAIN = "A_client_that_moves_again_while_its_last_move_is_looked_at_is_followed"

MUTANTS = [
    # Section 3: tag, direction, epoch, window, numbers, masks.
    Mutant(
        "the tag of a session's packet is ignored", SPACE,
        "TagKey(keys, type, subtype), number))",
        "TagKey(keys, type, subtype), number) && packet == null)",
        (FLIPPED,), short=True),
    Mutant(
        "the tag of a SYN is ignored", LISTENING + "Reception.cs",
        "if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, handshakeKey, 0) || startUtc / Day != daily.Day)",
        "if (startUtc / Day != daily.Day)",
        (FLIPPED,)),
    Mutant(
        "the tag of a SYN_ACK is ignored", SESSION + "Attempt.cs",
        "if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, _handshakeKey, 0))",
        "if (_handshakeKey == null)",
        (FLIPPED,)),
    Mutant(
        "the tag of a CLOCK_REQUEST is ignored", LISTENING + "ClockAnswers.cs",
        "|| !_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, psk.ClockKey, 0)",
        "",
        (CLOCK_FLIPPED,)),
    Mutant(
        "the tag of a CLOCK_RESPONSE is ignored", SESSION + "ClockQuery.cs",
        "if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, _psk.ClockKey, 0)\n            || ",
        "if (",
        (CLOCK_FLIPPED,)),
    Mutant(
        "the direction flag is not looked at", SPACE,
        "if (Packet.FromServer(packet) == _isServer)",
        "if (packet == null)",
        (REPLAYED,)),
    Mutant(
        "any epoch is taken for the current one", EPOCHS,
        "return _previous != null && epoch == (_previous.Epoch & 0x0F) ? _previous : null;",
        "return _previous != null && epoch == (_previous.Epoch & 0x0F) ? _previous : _current;",
        ("A_packet_of_an_epoch_that_never_was_is_dropped_for_that",)),
    Mutant(
        "the keys of the previous epoch are kept", EPOCHS,
        "if (_previous != null && now >= _previousUntil)",
        "if (_previous != null && now < 0)",
        ("Late_packets_of_the_old_epoch_are_taken_for_5_s_and_no_longer",)),
    Mutant(
        "a number seen before is taken again", SPACE,
        "? !arrival.IsHighest : _received.Contains(number))",
        "? !arrival.IsHighest : number == 0)",
        (REPLAYED,), short=True),
    Mutant(
        "the window is asked before the tag", SPACE,
        "if (!_received.Extend(Packet.Sequence(packet), out ulong number))",
        "if (!_received.Extend(Packet.Sequence(packet), out ulong number) || _received.Contains(number))",
        ("A_damaged_copy_is_a_bad_tag_since_the_window_is_asked_after_it",)),
    Mutant(
        "the window moves before the tag is verified", SPACE,
        "        byte[] key = _isServer ? keys.ClientKey : keys.ServerKey;\n",
        "        byte[] key = _isServer ? keys.ClientKey : keys.ServerKey;\n        if (!_received.Contains(number))\n        {\n            _received.Add(number);\n        }\n\n",
        (FLIPPED,)),
    Mutant(
        "numbers have 32 bits at the sender", SPACE,
        "TagKey(keys, type, subtype), _lastNumber);",
        "TagKey(keys, type, subtype), (uint)_lastNumber);",
        (NEVER_TWICE, "Numbers_pass_2_to_the_32")),
    Mutant(
        "numbers have 32 bits at the receiver", DELIVERY + "ReplayWindow.cs",
        "number = Highest + ahead;",
        "number = sequence;",
        ("Numbers_pass_2_to_the_32",)),
    Mutant(
        "a number is used twice", SPACE,
        "        _lastNumber++;\n",
        "        _lastNumber += type == PacketType.Heartbeat || type == PacketType.Ack ? 0u : 1u;\n",
        (NEVER_TWICE,), short=True),
    Mutant(
        "a session goes on when its numbers have run out", SPACE,
        "if (_lastNumber + 1 >= _initialNumber + Span)",
        "if (_lastNumber + 1 == 0)",
        ("A_session_ends_before_its_numbers_run_out",)),
    Mutant(
        "headers are not masked", SPACE,
        "        _core.MaskPacket(buffer, 0, size, MaskKey);\n",
        "",
        ("Both_sides_agree_and_messages_go_both_ways",)),

    # Section 5: the server's checks.
    Mutant(
        "the time of a SYN does not matter", LISTENING + "Reception.cs",
        "if (sentUtc < utcNow - MaxBehind || sentUtc > utcNow + MaxAhead || startUtc > utcNow + StartAhead || startUtc < utcNow - _startBack)",
        "if (sentUtc < 0)",
        ("A_clock_more_than_30_s_ahead_or_40_s_behind_gets_no_answer_and_the_server_knows_why",)),
    Mutant(
        "a TIME_SYNC_RESPONSE may claim any time", SESSION + "TimeSync.cs",
        " || t2 > t4 + TimeSyncMaxOffset || t3 < t1 - TimeSyncMaxOffset)",
        ")",
        ("A_time_that_no_clock_can_show_is_refused",)),
    Mutant(
        "a SYN from before the server's start is taken", LISTENING + "Reception.cs",
        "if (utcNow - sentUtc > now - _remembersFrom)",
        "if (sentUtc < 0)",
        ("A_SYN_from_before_the_server_started_is_not_taken",)),
    Mutant(
        "a mirrored SYN is taken", LISTENING + "Reception.cs",
        "if ((_options.Installation != null && _options.Installation.Mark(_core, sessionId) == Wire.ReadU64(payload, Syn.Mark))\n",
        "if ((_options.Installation != null && sessionId == 0)\n",
        ("A_mirrored_SYN_is_not_answered",)),
    Mutant(
        "a SYN is not remembered", LISTENING + "Reception.cs",
        "SynEntry known = _syns.Find(sessionId, keyExchangeId);",
        "SynEntry known = null;",
        (COPIED_SYN,)),
    Mutant(
        "the first four addresses of a SYN's copies are answered, not the last", LISTENING + "SynMemory.cs",
        "int last = known < Copies.Length ? known : known - 1;",
        "if (known == Copies.Length)\n        {\n            return null;\n        }\n\n        int last = known;",
        ("A_handshake_comes_about_although_each_packet_of_it_is_copied_first",)),
    Mutant(
        "each copy of a SYN is answered", LISTENING + "SynMemory.cs",
        "return copy.IsSeen ? null : copy;",
        "return copy;",
        (COPIED_SYN,)),
    Mutant(
        "a copy of a SYN is answered to the first one's address alone", LISTENING + "Reception.cs",
        "known.SynHash != HashOf(payload)\n",
        "known.SynHash != HashOf(payload) || !known.From.SameAs(from)\n",
        (COPIED_SYN,), short=True),
    Mutant(
        "more than the last four addresses of a SYN's copies are known", LISTENING + "SynMemory.cs",
        "public const int MaxAddresses = 4;",
        "public const int MaxAddresses = 400;",
        (COPIED_SYN,)),
    Mutant(
        "a SYN of the same ids and other fields is answered", LISTENING + "Reception.cs",
        " || known.SynHash != HashOf(payload)\n",
        "\n",
        ("A_SYN_of_the_same_ids_and_other_fields_is_dropped",)),
    Mutant(
        "a listener answers to any name", "firmware/Springtail/Keys/LongTermKeys.cs",
        ".U16(keyExchangeId).Text8(name)",
        ".U16(keyExchangeId).Text8(new byte[0])",
        (OWN_NAME,)),
    Mutant(
        "a listener tells the time to who asks another by name", "firmware/Springtail/Keys/LongTermKeys.cs",
        ".Text(\"clock_v2\").Text8(name)",
        ".Text(\"clock_v2\").Text8(new byte[0])",
        (OWN_NAME,)),
    Mutant(
        "a copy of a SYN is answered to where the first came from", LISTENING + "Reception.cs",
        "_syns.SetAnswer(known, from,",
        "_syns.SetAnswer(known, known.From,",
        (COPIED_SYN, "A_handshake_comes_about_although_each_packet_of_it_is_copied_first")),
    Mutant(
        "the SYN memory has no end", LISTENING + "Reception.cs",
        " || !_syns.HasRoom(Psk, now)",
        "",
        ("The_SYN_memory_refuses_when_it_is_full_and_forgets_after_65_s",)),
    Mutant(
        "half-open sessions have no limit", LISTENING + "Admission.cs",
        "return _halfOpenOf[psk] < _options.HalfOpenPerPsk && HalfOpen < _options.MaxHalfOpen ? null : Oldest(psk, false, null);",
        "return psk >= 0 ? null : Oldest(psk, false, null);",
        ("Half_open_sessions_of_a_PSK_are_at_most_two_and_the_oldest_gives_way",)),
    Mutant(
        "a half-open session lives on", SESSION + "Session.cs",
        "_opening.MadeAt + HalfOpenLifetime",
        "long.MaxValue / 2",
        ("A_half_open_session_dies_after_60_s_and_leaves_no_port_open",)),
    Mutant(
        "any suite is taken", LISTENING + "Reception.cs",
        ": suite == _suite;",
        ": suite != 0;",
        ("A_suite_that_is_not_allowed_is_refused_in_silence_and_the_server_knows_which",)),
    Mutant(
        "a public key off the curve is used", "firmware/Springtail/Keys/KeyExchange.cs",
        "return good ? secret : null;",
        "return good || secret.Length == 32 ? secret : null;",
        ("A_point_off_the_curve_in_a_SYN_is_refused_without_an_answer", "A_point_off_the_curve_in_a_SYN_ACK_is_refused_although_the_hash_fits"), short=True),
    Mutant(
        "the server does not check the confirmation", SESSION + "Session.cs",
        "return IsServer && arrival.Type == PacketType.Ack && arrival.Length >= AckPayload.SizeWithConfirm && _confirm.Length != 0\n            && ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize + AckPayload.Confirm, _confirm, 0, AckPayload.ConfirmSize);",
        "return IsServer && arrival.Type == PacketType.Ack && arrival.Length >= AckPayload.SizeWithConfirm;",
        ("Without_the_confirmation_the_server_takes_nothing",), short=True),
    Mutant(
        "the server takes any packet for the confirmation", SESSION + "Session.cs",
        "_confirm.Length == 0 || IsConfirmation(arrival);",
        "_confirm.Length == 0 || arrival.Type != PacketType.Ack || IsConfirmation(arrival);",
        ("Without_the_confirmation_the_server_takes_nothing",)),

    # Section 5: the client's checks.
    Mutant(
        "the client takes packets from any address", SESSION + "Client.cs",
        "if (!from.SameAddress(_server) && (Session == null || !from.SameAddress(Session.Peer)))",
        "if (size < 0)",
        ("What_comes_from_another_address_than_the_servers_is_dropped",)),
    Mutant(
        "the echo of the suite is not compared", SESSION + "Attempt.cs",
        "packet[at + SynAck.Suite] != _suite",
        "packet[at + SynAck.Suite] == 255",
        (OTHER_ECHO,)),
    Mutant(
        "the echo of the key_exchange_id is not compared", SESSION + "Attempt.cs",
        "|| Wire.ReadU16(packet, at + SynAck.KeyExchangeId) != _keyExchangeId ",
        "",
        (OTHER_ECHO,)),
    Mutant(
        "features that were not asked for are taken", SESSION + "Attempt.cs",
        "|| (features & ~_features) != 0",
        "",
        (OTHER_ECHO,)),
    Mutant(
        "shared_secret_hash is not compared", SESSION + "Attempt.cs",
        "if (secret == null\n            || ",
        "if (secret == null || size < 0 && ",
        ("A_SYN_ACK_with_the_hash_of_another_secret_is_dropped",)),
    Mutant(
        "any round trip is believed", SESSION + "Attempt.cs",
        "if (measured < 0 || measured > MaxRoundTrip)",
        "if (measured > MaxRoundTrip)",
        ("A_SYN_ACK_whose_times_cannot_be_right_is_dropped",)),
    Mutant(
        "any clock offset is believed", SESSION + "Attempt.cs",
        "if (offset <= MaxOffset + rtt && offset >= 0 - MaxOffset - rtt)",
        "if (rtt >= 0)",
        ("A_SYN_ACK_whose_times_cannot_be_right_is_dropped",)),
    Mutant(
        "a SYN_ACK that names no copy is taken", SESSION + "Attempt.cs",
        "if (_copyTimestamp[i] != named || ",
        "if (",
        ("A_SYN_ACK_whose_times_cannot_be_right_is_dropped",)),

    # Section 8: the peer's address.
    Mutant(
        "an address gets any number of bytes", SESSION + "Path.cs",
        "=> IsValidated || IsUnlimited || BytesOut + size <= BytesIn * PathProbe.Amplification;",
        "=> IsUnlimited || size > 0;",
        ("A_path_that_begins_where_nothing_has_answered_gets_at_most_three_times_what_came_from_it",)),
    Mutant(
        "the server does not follow the client", SESSION + "Path.cs",
        "if (_caller.Probe == null && arrival.Now >= _caller.ProbeAgainAt)",
        "if (_caller.Probe == null && arrival.Size < 0)",
        ("The_server_follows_a_client_whose_address_changes",)),

    Mutant(
        "one address at a time may be the path", SESSION + "PathProbe.cs",
        "MaxCandidates = 4;",
        "MaxCandidates = 1;",
        ("A_client_that_moves_is_followed_although_its_packets_are_copied_first",
         "A_handshake_comes_about_although_each_packet_of_it_is_copied_first")),
    Mutant(
        "who has many ports takes all places", SESSION + "PathProbe.cs",
        "place == MaxCandidates && isNew; i--)",
        "place < 0 && isNew; i--)",
        ("A_client_that_moves_is_followed_although_its_packets_are_copied_first",)),
    Mutant(
        "the highest number moves the path", SESSION + "Path.cs",
        "        if (_caller.Probe == null || !_caller.Probe.Come(from,",
        "        Peer.CopyFrom(from);\n        if (_caller.Probe == null || !_caller.Probe.Come(from,",
        ("Copies_that_come_first_from_elsewhere_do_not_move_the_path",)),
    Mutant(
        "a candidate's answer moves a path that has not been asked", SESSION + "PathProbe.cs",
        "if (Validated != null && !isValidated)",
        "if (Validated != null)",
        ("Copies_that_come_first_from_elsewhere_do_not_move_the_path",)),
    Mutant(
        "an address that finds no place is forgotten", SESSION + "Path.cs",
        "            _caller.Wait(from, arrival.LocalPort, arrival.Size);",
        "",
        (MOVES_AGAIN,)),
    Mutant(
        "who comes after a move waits a second more", SESSION + "Path.cs",
        "probe.HasMoved && !probe.GoesBack ? now : now + ProbeGap",
        "now + ProbeGap",
        (MOVES_AGAIN,)),
    Mutant(
        "an address that found no place is asked although the client was heard since", SESSION + "Path.cs",
        "_caller.SentFrom;\n            _caller.Waits = false;",
        "_caller.SentFrom;",
        ("Who_was_first_with_a_copy_is_not_asked_after_the_client_was_heard_where_it_is",)),
    Mutant(
        "a path that was left stays left", SESSION + "PathProbe.cs",
        "public bool GoesBack => _moved && _pathAnswered;",
        "public bool GoesBack => _moved && _timer < 0;",
        ("A_path_that_was_left_is_the_path_again_as_soon_as_it_answers",)),
    Mutant(
        "what went elsewhere validates the path", SESSION + "Path.cs",
        "        if (!_caller.IsValidated)\n        {\n            _caller.SentFrom",
        "        if (_caller.SentFrom == 0)\n        {\n            _caller.SentFrom",
        ("A_path_is_not_validated_by_what_was_sent_elsewhere",)),

    # Section 9: messages, acknowledgments, losses.
    Mutant(
        "a packet for which there is no room counts as received", SESSION + "Session.cs",
        "if (isData && arrival.Content == Inbox.NoRoom)",
        "if (isData && arrival.Content == Inbox.NoRoom && now < 0)",
        ("Fragments_for_which_there_was_no_room_are_sent_again",), short=True),
    Mutant(
        "a message that was delivered is taken in again", DELIVERY + "Inbox.cs",
        "if (messageId < _next || IsSkipped(messageId))",
        "if (IsSkipped(messageId))",
        ("A_fragment_sent_again_under_a_new_number_is_delivered_once",)),
    Mutant(
        "a fragment is stored twice", DELIVERY + "Inbox.cs",
        "if (IndexOf(slot) == index)",
        "if (IndexOf(slot) == index && slot < 0)",
        (CONTRADICTS, BAD_NETWORK)),
    Mutant(
        "fragment_count may change within a message", DELIVERY + "Inbox.cs",
        "if (CountOf(slot) != count)",
        "if (count == 0)",
        (CONTRADICTS,)),
    Mutant(
        "an incomplete fire-and-forget message is kept", FLOW,
        "        _inbox.Expire(now);\n",
        "",
        ("An_incomplete_fire_and_forget_message_gives_its_room_back_after_5_s",)),
    Mutant(
        "a lost packet is not sent again", DELIVERY + "SendQueue.cs",
        "if (IsReliable(slot))\n        {\n            _state[slot] = Lost;\n            _lost++;",
        "if (slot < 0)\n        {\n            _state[slot] = Lost;\n            _lost++;",
        (BAD_NETWORK,)),
    Mutant(
        "the timer does not double", DELIVERY + "RoundTrip.cs",
        "Timeout = Timeout >= longest / 2 ? longest : Timeout * 2;",
        "Timeout = _base;",
        ("The_timer_doubles_while_nothing_is_acknowledged",)),
    Mutant(
        "a closed window is never probed", FLOW,
        "return _peerWindow == 0 ? _probeAt : now;",
        "return _peerWindow == 0 ? long.MaxValue : now;",
        ("A_lost_word_of_a_reopened_window_is_made_up_for_by_a_probe_and_a_closed_one_is_kept_to",)),
    Mutant(
        "the time goes to a path that is not validated", SESSION + "Path.cs",
        "public bool Returns(Endpoint from) => !_caller.IsValidated && !IsPath(from);",
        "public bool Returns(Endpoint from) => false;",
        ("A_client_that_asks_for_the_time_gets_it_although_the_path_is_not_its_own_yet",)),
    Mutant(
        "an answer to elsewhere waits for the path's limit", SESSION + "Session.Agenda.cs",
        "        bool isHeld = IsHeld;\n        if (_heartbeatDue && (!isHeld || Path.AnswersElsewhere))",
        "        bool isHeld = IsHeld;\n        if (_heartbeatDue && !isHeld)",
        ("A_copy_of_the_confirmation_is_answered_although_nothing_more_may_go_to_the_path",)),
    Mutant(
        "an acknowledged probe does not open a closed window", FLOW,
        "        _peerWindow = _peerWindow == 0 ? AckEvery : _peerWindow;\n",
        "",
        ("A_side_that_always_has_something_to_send_tells_of_a_reopened_window_too",)),
    Mutant(
        "what a later packet has overtaken waits for the timer", DELIVERY + "SendQueue.cs",
        " || (_sentAt[slot] != NoMeasure && _sentAt[slot] <= sentBefore)",
        "",
        ("What_a_later_packet_has_overtaken_for_longer_than_a_round_trip_goes_out_again_at_once",)),
    Mutant(
        "what a later packet has just overtaken is lost", DELIVERY + "RoundTrip.cs",
        "return time < Minimum ? Minimum : time;",
        "return time / 64;",
        ("A_packet_that_a_later_one_has_just_overtaken_is_given_its_time",)),
    Mutant(
        "a timer outlasts the round trip that is measured", FLOW,
        "_timerAt = Session.Earlier(_timerAt, now + TimerTime());",
        "",
        ("A_timer_that_was_set_for_a_longer_round_trip_ends_after_the_one_that_is_measured",)),
    Mutant(
        "a repeated word of what counts as lost is a measure", FLOW,
        " && (!wasLost || arrival.Type == PacketType.Ack)",
        "",
        ("A_repeated_word_of_what_counts_as_lost_is_no_measure_and_an_ACK_is",)),
    Mutant(
        "an ACK of what counts as lost is no measure", FLOW,
        " && (!wasLost || arrival.Type == PacketType.Ack)",
        " && !wasLost",
        ("A_repeated_word_of_what_counts_as_lost_is_no_measure_and_an_ACK_is",)),
    Mutant(
        "DATA that an ACK is missing before is a measure", FLOW,
        "(arrival.Type == PacketType.Data && arrival.Ahead == 1)",
        "arrival.Type == PacketType.Data",
        ("DATA_is_a_measure_of_the_round_trip_unless_a_number_is_missing_before_it",)),
    Mutant(
        "DATA is no measure", FLOW,
        " || (arrival.Type == PacketType.Data && arrival.Ahead == 1)",
        "",
        ("DATA_is_a_measure_of_the_round_trip_unless_a_number_is_missing_before_it",)),
    Mutant(
        "what is overdue waits for its timer", FLOW,
        "if (arrival.IsHighest && (isAck || ordinal == 0))",
        "if (arrival.IsHighest && isAck)",
        (OVERDUE,)),
    Mutant(
        "what is overdue goes to the window where it was lost", FLOW,
        "            Doubt(arrival.Now);\n            _roundTrip.BackOff();\n",
        "            _roundTrip.BackOff();\n",
        (OVERDUE,)),
    Mutant(
        "what is overdue waits for the smoothed round trip", "firmware/Springtail/Delivery/RoundTrip.cs",
        "int time = ReorderingTime < bound ? ReorderingTime : bound < Minimum ? Minimum : bound;",
        "int time = ReorderingTime;",
        (OVERDUE,)),
    Mutant(
        "what stays overdue is sent as often as it is found so", "firmware/Springtail/Delivery/RoundTrip.cs",
        "(long)time * Timeout / _base",
        "time",
        ("What_stays_overdue_is_sent_the_less_often_the_longer_it_takes",)),
    Mutant(
        "who only acknowledges measures nothing", FLOW,
        "if (arrival.RoundTrip < _roundTrip.Least)",
        "if (arrival.RoundTrip < 0)",
        ("Who_only_acknowledges_learns_that_delays_have_ended",)),
    Mutant(
        "what came before its windows waits for its timer", FLOW,
        "if (aimed - OneWay > _session.Path.Interval)",
        "if (aimed < 0)",
        ("What_came_before_its_windows_is_sent_again_at_once",)),
    Mutant(
        "what went to the windows of a wrong clock waits for its timer", SESSION + "TimeSync.cs",
        "correction > _session.Path.Interval && _session.Delivery.IsOf(_session)",
        "correction < 0",
        ("What_went_to_the_windows_of_a_wrong_clock_is_sent_again_at_once",)),
    Mutant(
        "a packet that was overtaken is a measure", FLOW,
        "prompt && arrival.IsHighest && rtt >= 0",
        "prompt && rtt >= 0",
        ("A_packet_that_was_overtaken_is_no_measure_of_the_round_trip",)),
    Mutant(
        "a client confirms for 20 s to a server that has gone", SESSION + "Opening.cs",
        "time < ConfirmLifetime ? time : ConfirmLifetime",
        "time < 0 ? time : ConfirmLifetime",
        ("A_client_whose_server_ends_after_its_SYN_ACK_is_with_the_next_one_within_5_s_and_three_round_trips",)),
    Mutant(
        "a client does not wait for a slow server", SESSION + "Opening.cs",
        " + rtt + 4L * held",
        " + rtt",
        ("A_client_whose_confirmations_are_lost_begins_anew",)),
    Mutant(
        "losses are looked for before it is known what an ACK's bitmap says", FLOW,
        "        uint ordinal = NoteAcknowledgment(arrival, highest, prompt, isFull);\n",
        "        uint ordinal = NoteAcknowledgment(arrival, highest, prompt, isFull);\n"
        "        NoteLosses(_queue.DetectLosses(highest, ordinal, arrival.Now - _roundTrip.ReorderingTime), _queue.Unacknowledged);\n",
        ("An_ACK_that_is_lost_does_not_narrow_the_window",)),
    Mutant(
        "packets that come together are acknowledged in pairs", FLOW,
        "arrival.MoreComes ? MostUnacknowledged : AckEvery",
        "arrival.MoreComes ? MostUnacknowledged / 8 : AckEvery",
        ("Packets_that_have_come_wait_for_those_that_come_with_them",)),
    Mutant(
        "the last of the packets that come together waits too", FLOW,
        "arrival.MoreComes ? MostUnacknowledged : AckEvery",
        "arrival.MoreComes ? MostUnacknowledged : 2 * AckEvery + 1",
        ("The_last_of_the_packets_that_come_together_is_answered_at_once",)),
    Mutant(
        "the congestion window is ignored", FLOW,
        ": inFlight < _congestion.Window && inFlight < _peerWindow;",
        ": inFlight < _peerWindow;",
        ("The_first_flight_is_four_packets_and_the_next_ones_grow",)),
    Mutant(
        "the peer's window is ignored", FLOW,
        ": inFlight < _congestion.Window && inFlight < _peerWindow;",
        ": inFlight < _congestion.Window;",
        ("A_lost_word_of_a_reopened_window_is_made_up_for_by_a_probe_and_a_closed_one_is_kept_to",)),
    Mutant(
        "losses do not narrow the congestion window", DELIVERY + "Congestion.cs",
        "Window = _threshold;",
        "",
        ("A_loss_halves_the_window_and_a_timer_makes_it_one",)),

    # Section 10: heartbeat and close.
    Mutant(
        "silence is not death", SESSION + "Recovery.cs",
        "IsHeld ? long.MaxValue : (_awokeAt == long.MaxValue ? _heardAt : _awokeAt) + SilenceKept;",
        "long.MaxValue;",
        ("Heartbeats_keep_a_session_and_silence_ends_it",)),
    Mutant(
        "silence is not noticed", SESSION + "Recovery.cs",
        "if (now >= SilentAt())",
        "if (now < 0)",
        ("Heartbeats_keep_a_session_and_silence_ends_it",)),
    Mutant(
        "an attempt goes on although the session is heard", SESSION + "Client.cs",
        "if ((_attempt != null || _next != null) && _session.Recovery.HandshakeAt(now) > now)",
        "if (_attempt == null && _next == null && _session.Recovery.HandshakeAt(now) > now)",
        ("An_attempt_ends_with_the_first_packet_of_the_session",)),
    Mutant(
        "a session that was handed over unheard is not known by the name of the one before", SESSION + "Session.cs",
        "_continuation?.SecretOf(id);",
        "null;",
        ("A_session_that_was_handed_over_unheard_is_continued_by_the_next",)),
    Mutant(
        "a copy of the confirmation gets no answer", SESSION + "Session.cs",
        "                Path.Follow(this, arrival);\n                AnswerConfirmation(arrival);\n",
        "                Path.Follow(this, arrival);\n",
        ("A_copy_of_the_confirmation_is_answered_to_where_it_comes_from",
         "A_session_that_continues_another_comes_about_although_each_packet_is_copied_first")),
    Mutant(
        "that there is no room is no answer", FLOW,
        "                _unansweredSince = long.MaxValue;\n",
        "",
        ("A_reader_without_room_is_not_called_anew",)),
    Mutant(
        "a challenge is padded like any other packet", SESSION + "Path.cs",
        "PathPayload.Size, isPath ? TrafficShape.MaxPadding : to.MostPadding)",
        "PathPayload.Size)",
        ("The_challenges_to_another_address_have_at_most_three_times_the_bytes_that_came_from_it",)),
    Mutant(
        "handshakes are not padded", SHAPE,
        "Below((room < MaxPadding ? room : MaxPadding) + 1)",
        "Below(1)",
        (FIXED,), short=True),
    Mutant(
        "timers are not shortened", SHAPE,
        "return ms - (long)(Drawn % part);",
        "return part == 0 ? 0 : ms;",
        (FIXED,)),
    Mutant(
        "each attempt at a handshake lasts as long", SESSION + "Attempt.cs",
        " - LastPart + (int)_shape.Shorten(LastPart);",
        ";",
        (FIXED,)),
    Mutant(
        "copies of a discovery's request go at fixed times", DISCOVERY + "Initiator.cs",
        "_nextAt = now + _packets.Shorten(CopyGap);",
        "_nextAt = now + CopyGap;",
        (FIXED,)),
    Mutant(
        "a discovery begins anew after a fixed time", DISCOVERY + "Initiator.cs",
        "_endAt = _copies == 1 ? now + _packets.Shorten(StageTime) : _endAt;",
        "_endAt = _copies == 1 ? now + StageTime : _endAt;",
        (FIXED,)),
    Mutant(
        "a client misses its peer after a fixed time", SESSION + "Recovery.cs",
        "(_session.IsServer ? time : _session.Shape.Shortened(time))",
        "time",
        (FIXED,)),
    Mutant(
        "a request for new keys follows another after a fixed time", SESSION + "RekeyExchange.cs",
        "GivenUpAt = now + session.Shape.Shorten(RekeyAttempt);",
        "GivenUpAt = now + RekeyAttempt;",
        (FIXED,)),
    Mutant(
        "an acknowledgment waits for a fixed time", FLOW,
        "_ackAt = Session.Earlier(_ackAt, arrival.Now + _session.Shape.Shorten(AckDelay));",
        "_ackAt = Session.Earlier(_ackAt, arrival.Now + AckDelay);",
        (FIXED,)),
    Mutant(
        "DATA is not padded although it is asked for", SHAPE,
        "if (multiple == 0 || payloadLength",
        "if (multiple >= 0 || payloadLength",
        ("Padding_that_is_asked_for_fills_each_DATA_to_a_multiple",)),
    Mutant(
        "acknowledgments are not padded although it is asked for", SESSION + "Session.cs",
        "(type != PacketType.Ack || Options.Padding != 0)",
        "type != PacketType.Ack",
        ("DATA_and_its_acknowledgments_are_padded_like_other_packets_when_it_is_asked_for",)),
    Mutant(
        "padding of DATA is taken for the message's", FLOW,
        "(arrival.U8(DataPayload.Delivery) & DataPayload.Padded) == 0",
        "length >= 0",
        ("Padding_of_DATA_is_taken_off_and_what_is_none_is_refused",)),
    Mutant(
        "a session is not given up for one whose handshake was answered", SESSION + "Client.cs",
        "                    _givenUp = true;\n",
        "",
        ("A_server_that_has_forgotten_the_session_is_found_again_and_the_application_is_told_once_what_is_missing",)),
    Mutant(
        "a session is continued without a proof", SESSION + "Session.cs",
        "0, HandshakeProofs.ContinuationSize);",
        "0, 0);",
        ("Who_names_a_session_without_its_proof_does_not_continue_it",), short=True),
    Mutant(
        "the messages of a session that is continued begin anew", SESSION + "Client.cs",
        "next.Follow(previous, previous != _lost && (next.Continues == 0 || next.IsContinued), now);",
        "next.Follow(previous, previous != _lost && next.Continues == 0, now);",
        (WAITED,)),
    Mutant(
        "data may be unanswered for a minute", SESSION + "Recovery.cs",
        "LongestUnanswered = 5000;",
        "LongestUnanswered = 60000;",
        ("A_peer_that_was_started_anew_is_called_after_5_s_where_timers_are_longer",)),
    Mutant(
        "three timers without an answer begin no handshake", SESSION + "Recovery.cs",
        "_session.Delivery.Timeouts >= TimeoutsBeforeHandshake ? now : since + _session.Shape.Shortened(limit)",
        "since + limit",
        ("A_handshake_begins_beside_a_session_after_three_timers_without_an_answer",)),
    Mutant(
        "packets received do not age keys", EPOCHS,
        "            _packetsIn++;\n",
        "",
        ("Keys_end_after_2_to_the_21_packets_received", "A_new_handshake_comes_after_three_quarters_of_the_packets_that_may_be_received")),
    Mutant(
        "keys do not end after so many packets received", EPOCHS,
        " || _packetsIn >= MaxPacketsIn ? now : _endsAt;",
        " ? now : _endsAt;",
        ("Keys_end_after_2_to_the_21_packets_received",)),
    Mutant(
        "no handshake comes before keys end for packets received", EPOCHS,
        " || _packetsIn >= MaxPacketsIn / 4 * 3;",
        ";",
        ("A_new_handshake_comes_after_three_quarters_of_the_packets_that_may_be_received",)),
    Mutant(
        "a handshake comes beside a session of a token", SESSION + "Recovery.cs",
        "|| _session.Suite > KeySchedule.SuiteFuzzy)\n        {\n            return long.MaxValue;",
        "|| _session.Suite < 0)\n        {\n            return long.MaxValue;",
        ("A_session_of_a_token_ends_with_its_keys",)),
    Mutant(
        "a port range that differs does not matter", SESSION + "Attempt.cs",
        "if (Wire.ReadU16(packet, at + SynAck.PortMin) != _options.PortMin || Wire.ReadU16(packet, at + SynAck.PortCount) != _options.PortCount)",
        "if (packet == null)",
        ("Both_sides_name_a_port_range_that_is_not_their_own",)),
    Mutant(
        "data that is not answered begins no handshake", SESSION + "Recovery.cs",
        "if (since != long.MaxValue && !_session.Options.IsPlain)",
        "if (since != long.MaxValue && _session.Options.IsPlain)",
        ("A_listener_that_was_started_anew_is_found_within_5_s_and_gets_all_that_it_may_not_have",)),
    Mutant(
        "what is acknowledged but not received is not sent again", DELIVERY + "SendQueue.cs",
        "return !IsReliable(slot) || ",
        "return slot >= 0 || ",
        ("What_has_arrived_and_is_not_received_is_sent_again_to_a_listener_that_was_started_anew",)),
    Mutant(
        "a client that stood still notices nothing", SESSION + "Session.cs",
        "                Recovery.StoodStill(now);\n",
        "",
        (STOOD_STILL,)),
    Mutant(
        "the time that a client stood still is silence", SESSION + "Recovery.cs",
        "(_awokeAt == long.MaxValue ? _heardAt : _awokeAt) + SilenceKept;",
        "_heardAt + SilenceKept;",
        (STOOD_STILL,)),
    Mutant(
        "keys grow old while a client stands still", SESSION + "Session.cs",
        "                Epochs.Awake(Deadline, now);\n",
        "",
        (STOOD_STILL,)),
    Mutant(
        "a message larger than the peer takes is sent", SESSION + "Session.cs",
        "if ((uint)size > PeerLargestMessage)",
        "if (size < 0)",
        ("A_message_larger_than_the_receiver_takes_is_skipped_and_its_sender_told",)),
    Mutant(
        "what a resume takes along is lost with the snapshot", "firmware/Springtail/Channel.cs",
        "                channel.Send(message);\n",
        "",
        ("A_snapshot_that_is_none_leads_to_a_new_session",)),
    Mutant(
        "a new session says nothing of what the one before it lost", SESSION + "Renewal.cs",
        "        IsToTell = true;\n",
        "        IsToTell = false;\n",
        ("A_server_that_has_forgotten_the_session_is_found_again_and_the_application_is_told_once_what_is_missing",)),
    Mutant(
        "messages after one that is not received count as arrived", DELIVERY + "SendQueue.cs",
        "public int UnreceivedMessages => (int)(_nextReliable - _received);",
        "public int UnreceivedMessages => Unacknowledged + _queued + _lost;",
        ("What_the_application_has_taken_or_can_no_longer_take_is_wiped",)),
    Mutant(
        "what was received stays in memory", FLOW,
        "        _inbox.Finish();\n",
        "",
        ("What_the_application_has_taken_or_can_no_longer_take_is_wiped",)),
    Mutant(
        "what waited in the socket of a client that stood still is a sign of life", SESSION + "Recovery.cs",
        "if (_session.Space.Own(arrival.Acknowledgment) > _sentBefore)",
        "",
        ("A_client_that_stood_still_is_not_misled_by_what_waited_in_its_socket",)),
    Mutant(
        "a device whose session did not come back goes by its own clock", SESSION + "Client.cs",
        "_session ?? _lost : null",
        "_session : null",
        ("A_device_whose_clock_lags_finds_a_listener_that_was_started_anew_while_it_slept",)),
    Mutant(
        "a copy of a packet without room is a sign of life", SESSION + "Recovery.cs",
        "if (arrival.Number > _heardWithoutRoom)",
        "if (arrival.Number > 0)",
        ("Packets_that_find_no_room_are_signs_of_life_and_copies_of_them_are_not",)),
    Mutant(
        "a packet without room is no sign of life", SESSION + "Recovery.cs",
        "if (arrival.Number > _heardWithoutRoom)",
        "if (arrival.Number == 0)",
        ("Packets_that_find_no_room_are_signs_of_life_and_copies_of_them_are_not",)),
    Mutant(
        "no heartbeats", SESSION + "Session.Agenda.cs",
        "Earlier(Keepalive == 0 ? long.MaxValue : _heartbeatAt,",
        "Earlier(Keepalive >= 0 ? long.MaxValue : _heartbeatAt,",
        ("Heartbeats_keep_a_session_and_silence_ends_it",)),
    Mutant(
        "the count in a FIN is ignored", SESSION + "Closing.cs",
        "delivery.AllAcknowledged && (!_finReceived || delivery.Inbox.HasAll(_peerMessages))",
        "delivery.AllAcknowledged",
        ("A_FIN_is_not_answered_while_messages_that_it_counts_are_missing",)),

    # Section 11: time.
    Mutant(
        "a clock nonce is answered again", LISTENING + "ClockAnswers.cs",
        "if (IsKnown(i, nonce))",
        "if (nonce == 0)",
        (CLOCK_ONCE,)),
    Mutant(
        "a clock request from elsewhere is no copy", LISTENING + "ClockAnswers.cs",
        "if (IsLast(i, nonce) && now",
        "if (size < 0 && now",
        ("A_clock_request_is_answered_although_copies_from_elsewhere_are_there_first",)),
    Mutant(
        "another PSK's clock request ends the answers to copies", LISTENING + "ClockAnswers.cs",
        "if (IsLast(i, nonce) && now",
        "if (_nonce == nonce && now",
        ("A_clock_request_of_one_PSK_does_not_end_the_answers_to_copies_of_anothers",)),
    Mutant(
        "each copy of a clock request is answered", LISTENING + "ClockAnswers.cs",
        "if (HasAnswer || HasAsked(nonce, from))",
        "if (HasAnswer)",
        ("A_clock_request_of_one_PSK_does_not_end_the_answers_to_copies_of_anothers",)),
    Mutant(
        "clock requests have no rate", LISTENING + "ClockAnswers.cs",
        "else if (now < _nextAt[i] || HasAnswer)",
        "else if (HasAnswer)",
        (CLOCK_ONCE,)),
    Mutant(
        "a clock answer may take any time", SESSION + "ClockQuery.cs",
        "if (now - _askedAt > Interval)",
        "if (now < _askedAt)",
        ("A_clock_answer_that_took_more_than_2_s_is_refused",)),
    Mutant(
        "the clock moves at once", SESSION + "TimeFilter.cs",
        "long step = (now - _slewedAt) / 10;",
        "long step = distance;",
        (SLEW,)),
    Mutant(
        "the newest time sample counts", SESSION + "TimeFilter.cs",
        "if (DelayOf(i) < DelayOf(best))",
        "if (DelayOf(i) <= DelayOf(best) || i > best)",
        (SLEW,)),

    # Section 12: rekey.
    Mutant(
        "the commitment of a REKEY_REQUEST is not compared", EXCHANGE,
        "if (day + 1 < today || day > today + 1\n            || ",
        "if (day + 1 < today || day > today + 1\n            || peerPublic == null && ",
        (REKEY,)),
    Mutant(
        "the day of a REKEY_REQUEST does not matter", EXCHANGE,
        "if (day + 1 < today || day > today + 1\n            || ",
        "if (",
        (REKEY,)),
    Mutant(
        "the commitment of a REKEY_RESPONSE is not compared", EXCHANGE,
        "byte[] secret = ConstantTime.Equal(peerCommitment, 0, RekeyKeys.Commitment(core, peerPublic, nonce, session.Id), 0, RekeyKeys.CommitmentSize)",
        "byte[] secret = nonce == nonce + 0",
        ("A_rekey_whose_responder_committed_to_another_key_comes_to_nothing",)),
    Mutant(
        "who asked for new keys never goes back", EPOCHS,
        "else if (keys == _previous && highest && now >= _pendingUntil)",
        "else if (keys == _previous && highest && now < 0)",
        ("Who_asked_goes_back_when_the_new_keys_were_given_up_unheard",)),
    Mutant(
        "who went back to the keys before forgets the new ones", EPOCHS,
        "        ForgetRequest();\n        _pending = _current;\n",
        "        ForgetRequest();\n        _current.Wipe();\n",
        ("Who_went_back_for_a_late_packet_goes_forward_with_the_next",)),
    Mutant(
        "the confirmation of a REKEY_RESPONSE is not compared", EXCHANGE,
        "if (!ConstantTime.Equal(packet, Packet.HeaderSize + confirmationAt, confirmation, 0, RekeyKeys.ConfirmationSize))",
        "if (confirmation == null)",
        (REKEY,)),

    # What a model of a class tells, since no packet comes to it in most conversations.
    Mutant(
        "a number that was passed over counts as one 1 024 below it", DELIVERY + "ReplayWindow.cs",
        "for (ulong n = Highest + 1; n < number; n++)",
        "for (ulong n = Highest + 2; n < number; n++)",
        ("The_replay_window_does_what_a_set_of_numbers_does",)),
    Mutant(
        "a message whose turn comes keeps the room of those ahead", DELIVERY + "Inbox.cs",
        "        _heldAhead -= _heldForNext;\n",
        "",
        ("An_inbox_does_what_a_dictionary_of_messages_does",)),
    Mutant(
        "what was sent twice hides losses behind it", DELIVERY + "SendQueue.cs",
        "            _repeats += WentTwice(slot) ? 0 : 1;\n",
        "",
        ("A_send_queue_does_what_a_list_of_fragments_does",)),
    Mutant(
        "a reliable message that is lost takes the fire-and-forget one of its number with it", DELIVERY + "SendQueue.cs",
        "_currentDelivery == DataPayload.Reliable && _currentId == broken",
        "_currentId == broken",
        ("A_send_queue_does_what_a_list_of_fragments_does",
         "A_fire_and_forget_message_is_taken_in_to_its_end_where_a_reliable_one_of_its_number_is_lost")),

    # What must not bring a program down, keep it busy or let it wait for ever.
    Mutant(
        "a message may grow past the limit while fragments of it are held", DELIVERY + "Inbox.cs",
        "        if (known != Stored)\n        {\n            return known;",
        "        if (known != Stored && count <= _maxFragments)\n        {\n            return known;",
        ("A_message_that_grows_past_the_limit_does_not_keep_its_room",)),
    Mutant(
        "a port closes before the last packet of its session leaves", "firmware/Springtail/Transport/Driver.cs",
        "if (!FindPort(_datagram.LocalPort, out int port) || port != _datagram.LocalPort)",
        "if (!FindPort(_datagram.LocalPort, out int port) || port >= 0)",
        ("An_abort_by_the_client_reaches_the_server_before_its_socket_closes",)),
    Mutant(
        "what is held is forgotten when its port closes", SOCKETS,
        "            _sender.SendHeld();\n            _names.Remove(socket);",
        "            _names.Remove(socket);",
        ("What_is_held_waits_for_the_release_or_the_close_of_its_port",)),
    Mutant(
        "what the system refuses to send together is not sent", SENDER,
        "!_held.Send(_heldBy, _to.Size, _heldSize, _heldEach))",
        "(!_held.Send(_heldBy, _to.Size, _heldSize, _heldEach) && _heldSize < 0))",
        ("What_the_system_does_not_send_together_leaves_one_by_one",)),
    Mutant(
        "a datagram is joined to one that was smaller than those before", SENDER,
        " && _heldSize % _heldEach == 0",
        "",
        (HELD,)),
    Mutant(
        "a datagram is joined to those for another receiver", SENDER,
        " && to.SameAs(_heldTo)",
        "",
        (HELD,)),
    Mutant(
        "what a port has received is given out once it is closed", SOCKETS,
        "if (size <= Math.Max(Packet.MaxSize, buffer.Length - 1) && !_current.SafeHandle.IsClosed)",
        "if (size <= Math.Max(Packet.MaxSize, buffer.Length - 1))",
        ("What_has_come_to_a_port_that_closes_is_forgotten",)),
    Mutant(
        "data that may not go out yet is due all the same", FLOW,
        "if (!may || !_session.Path.Allows(_session.Options.Padding == 0 ? _queue.NextPayloadLength + Packet.Overhead : Packet.MaxSize))",
        "if (!may)",
        ("A_path_that_begins_where_nothing_has_answered_gets_at_most_three_times_what_came_from_it",)),
    Mutant(
        "the key of a SYN that leads nowhere stays", LISTENING + "Reception.cs",
        "            Secret.Wipe(handshakeKey);\n            return Done;",
        "            return Done;",
        ("The_key_of_a_SYN_that_leads_nowhere_is_wiped_and_the_others_when_the_server_ends",)),
    Mutant(
        "the key of an old handshake stays until the next SYN", LISTENING + "Server.cs",
        "            _reception.Expire(now);\n",
        "",
        ("The_key_of_a_SYN_that_leads_nowhere_is_wiped_and_the_others_when_the_server_ends",)),
    Mutant(
        "a channel opens ports after its listener has closed them", "firmware/Springtail/ChannelEngine.cs",
        "if (!_stopped && _failure == null)",
        "if (_failure == null)",
        ("An_engine_that_has_stopped_opens_no_port",)),
    # Sections 10 and 16: announced sleep, snapshots, RESUME.
    Mutant(
        "a RESUME's tag is ignored", SPACE,
        "TagKey(keys, type, subtype), number))",
        "TagKey(keys, type, subtype), number) && !clear)",
        (RESUME_ALTERED,), short=True),
    Mutant(
        "a RESUME need not be above every number seen", SPACE,
        "if (clear && !arrival.IsCopy ? !arrival.IsHighest : _received.Contains(number))",
        "if (!(clear && !arrival.IsCopy) && _received.Contains(number))",
        ("A_RESUME_whose_next_send_is_wrong_or_that_has_another_nonce_is_refused",)),
    Mutant(
        "a copy of a RESUME counts each time", SPACE,
        "if (clear && !arrival.IsCopy ? !arrival.IsHighest : _received.Contains(number))",
        "if (clear ? !arrival.IsCopy && !arrival.IsHighest : _received.Contains(number))",
        (RESUME_ALTERED,)),
    Mutant(
        "a device that wakes with nothing to send stays silent", SLEEP,
        "_session.Time.AskUntilHeard(_resume.Number[_resume.Copies - 1], arrival.Now);",
        "",
        (SILENT_WAKE,)),
    Mutant(
        "a client that has nothing to say stays silent", SESSION + "TimeSync.cs",
        "AskUntilHeard(_session.Space.LastNumber, now);",
        "_askAt = now + TimeSyncInterval;",
        ("A_client_that_says_nothing_hears_what_the_server_has_to_say_at_once",)),
    Mutant(
        "what a client has not taken yet shows where it is", SESSION + "Session.cs",
        "InsistsOnAnAnswer => !Delivery.AllAcknowledged ||",
        "InsistsOnAnAnswer => !Delivery.IsQuiet ||",
        ("A_client_that_takes_nothing_and_whose_ACK_is_lost_hears_the_rest_within_a_second",)),
    Mutant(
        "a client asks for the time beside what it says", SESSION + "TimeSync.cs",
        " && _session.InsistsOnAnAnswer ? long.MaxValue",
        " && now < 0 ? long.MaxValue",
        ("The_announcement_is_repeated_each_second_until_it_is_answered",)),
    Mutant(
        "a device that wakes with nothing to send asks once", SESSION + "TimeSync.cs",
        "_isDoubted || _unheardFrom != 0 ? TimeSyncDoubted",
        "_isDoubted || (_unheardFrom != 0 && now < 0) ? TimeSyncDoubted",
        (SILENT_WAKE,)),
    Mutant(
        "next_send of a RESUME is not looked at", SLEEP,
        "return arrival.U32(ResumePayload.NextSend) == (uint)arrival.Number + 1u\n            && ",
        "return ",
        ("A_RESUME_whose_next_send_is_wrong_or_that_has_another_nonce_is_refused",)),
    Mutant(
        "a second RESUME may have another nonce", SLEEP,
        "(!arrival.IsCopy || ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize, sleep._resume.Nonce, 0, ResumeKeys.NonceSize))",
        "(!arrival.IsCopy || sleep != null)",
        ("A_RESUME_whose_next_send_is_wrong_or_that_has_another_nonce_is_refused",)),
    Mutant(
        "the nonce of a resume is always the same", SESSION + "Session.cs",
        "        core.Random(nonce, 0, nonce.Length);\n",
        "",
        ("Two_devices_with_one_snapshot_at_the_same_time_get_one_session",)),
    Mutant(
        "a resumed session goes on with the saved number", SPACE,
        "Wire.ReadU64(snapshot, Snapshot.LastNumber) + Step;",
        "Wire.ReadU64(snapshot, Snapshot.LastNumber);",
        ("RESUME_goes_out_at_0_half_and_one_and_a_half_s_and_after_3_s_there_is_a_new_handshake",)),
    Mutant(
        "previous keys stay after a resume", EPOCHS,
        "        DropAllButCurrent();\n        _exchange?.StopAnnouncing();",
        "        ForgetRequest();\n        DiscardPending();\n        _exchange?.StopAnnouncing();",
        ("A_RESUME_under_pending_or_previous_keys_discards_every_other_epoch",)),
    Mutant(
        "the keys before a resume are not wiped", EPOCHS,
        "        _current.Wipe();\n        _current = next;",
        "        _previous = _current;\n        _current = next;",
        ("Spent_keys_are_gone_from_both_sides",)),
    Mutant(
        "the old session_key stays after the first packet under the new one", SESSION + "Session.cs",
        "        if (arrival.Keys == Epochs.Current)\n        {\n            ForgetResume();\n        }\n",
        "",
        ("Spent_keys_are_gone_from_both_sides",)),
    Mutant(
        "a snapshot may be read again", SESSION + "Session.cs",
        "        Secret.Wipe(snapshot);\n        return session;",
        "        return session;",
        ("Spent_keys_are_gone_from_both_sides",)),
    Mutant(
        "a snapshot's tag is ignored", SESSION + "Snapshot.cs",
        "snapshot.Length != Size || !ConstantTime.Equal(snapshot, Tag, MakeTag(core, options, snapshot), 0, TagSize)",
        "snapshot.Length != Size",
        (SNAPSHOT_REFUSED,), short=True),
    Mutant(
        "a snapshot of another version is taken", SESSION + "Snapshot.cs",
        "if (snapshot[VersionAt] != Version)",
        "if (snapshot[VersionAt] > 99)",
        (SNAPSHOT_REFUSED,)),
    Mutant(
        "a snapshot does not grow old", SESSION + "Session.cs",
        "if (slept > Wire.ReadMs(snapshot, Snapshot.LifetimeMs))",
        "if (slept > long.MaxValue - 1)",
        (SNAPSHOT_REFUSED,)),
    Mutant(
        "a session is saved before its messages are acknowledged", FLOW,
        "public bool IsQuiet => _queue.IsEmpty && _inbox.IsEmpty &&",
        "public bool IsQuiet => _inbox.IsEmpty &&",
        (NOT_SAVED_YET,)),
    Mutant(
        "a session is saved with messages that the application has not taken", FLOW,
        "public bool IsQuiet => _queue.IsEmpty && _inbox.IsEmpty &&",
        "public bool IsQuiet => _queue.IsEmpty &&",
        (NOT_SAVED_YET,)),
    Mutant(
        "a session is saved in the middle of a rekey", EPOCHS,
        "public bool IsQuiet => _exchange == null && _pending == null;",
        "public bool IsQuiet => _exchange == null || !_exchange.IsAnnouncing;",
        (NOT_SAVED_YET,)),
    Mutant(
        "a sleep need not be answered", SLEEP,
        "=> _seconds == 0 || _isAnswered;",
        "=> _seconds == 0 || _announcement != 0;",
        ("The_announcement_is_repeated_each_second_until_it_is_answered",)),
    Mutant(
        "any HEARTBEAT answers a sleep", SLEEP,
        "(_announcement != 0 && _session.Space.Own(arrival.Acknowledgment) >= _announcement)",
        "_announcement != 0",
        ("A_HEARTBEAT_of_the_servers_own_is_no_answer_to_a_sleep",)),
    Mutant(
        "what is sent after an announcement leaves it standing", SLEEP,
        "        if (type != PacketType.Heartbeat)\n",
        "        if (type == 0)\n",
        ("A_device_that_sends_something_after_its_announcement_makes_it_again",)),
    Mutant(
        "a late packet wakes a sleeping session", SLEEP,
        "=> number > _asleepNumber;",
        "=> number > 0;",
        ("A_device_that_stays_awake_after_all_is_heard_and_a_late_packet_wakes_nobody",)),
    Mutant(
        "a sleeping device is sent messages", SESSION + "Session.Agenda.cs",
        "        return _heartbeatDue && (!IsHeld || Path.AnswersElsewhere) ? AnswerItem : Nothing;",
        "        return _heartbeatDue && (!IsHeld || Path.AnswersElsewhere) ? AnswerItem : IsDue(Delivery.DataAt(now), now, ref next) ? DataItem : Nothing;",
        ("A_sleeping_device_gets_nothing_until_it_is_awake_and_then_all_that_waited",)),
    Mutant(
        "a sleeper is kept for ever", SLEEP,
        "            return _asleepUntil;\n",
        "            return long.MaxValue;\n",
        ("A_sleeper_that_does_not_come_back_is_given_up_after_its_time_and_a_tenth",)),
    Mutant(
        "a doubtful clock is not asked for", SESSION + "Session.cs",
        "DoubtsClock = error > Path.Interval - PathAllowance;",
        "DoubtsClock = error < 0;",
        ("A_clock_that_was_lost_or_may_be_wrong_is_set_first",)),
    Mutant(
        "the answer to a RESUME does not set the clock", SESSION + "TimeSync.cs",
        "        _time = new TimeFilter(before + correction - _utcBase - now, (int)delay, now);\n",
        "",
        ("A_clock_off_by_almost_an_interval_still_finds_its_ports_and_the_answer_sets_it",)),
    Mutant(
        "keys do not end", EPOCHS,
        "_packetsIn >= MaxPacketsIn ? now : _endsAt;",
        "_packetsIn >= MaxPacketsIn ? now : long.MaxValue;",
        ("Who_drops_every_rekey_gets_the_end_of_the_session_and_no_more_packets_under_its_keys",), True),
    Mutant(
        "keys do not end after many packets", EPOCHS,
        "return (_packets > LeastGracePackets && _packets >= RekeyAfterPackets + GracePackets) ||",
        "return",
        ("Keys_end_after_twice_the_packets_too",)),
    Mutant(
        "no handshake comes before the keys end", SESSION + "Recovery.cs",
        "long at = Session.Earlier(_session.Epochs.AgingAt(now), ",
        "long at = Session.Earlier(long.MaxValue, ",
        ("Where_only_rekeys_are_dropped_a_new_handshake_beside_the_session_comes_before_its_keys_end",)),
    Mutant(
        "a snapshot is resumed without end", SESSION + "Session.cs",
        "snapshot[Snapshot.Resumes] >= Epochs.MaxResumes",
        "snapshot[Snapshot.Resumes] > 255",
        ("A_snapshot_that_was_resumed_48_times_without_a_rekey_is_not_taken",)),
    Mutant(
        "a short sleep has no margin", SLEEP,
        "return (long)believed * 1100 + LeastMargin;",
        "return (long)believed * 1100;",
        ("A_short_sleep_may_take_a_minute_longer_than_was_announced",)),
    Mutant(
        "a sleep of a century is believed", SLEEP,
        "uint believed = seconds < HeartbeatPayload.LongestSleep ? seconds : HeartbeatPayload.LongestSleep;",
        "uint believed = seconds;",
        ("Nobody_is_believed_to_sleep_for_longer_than_30_days",)),
    Mutant(
        "no rekey follows 24 resumes", EPOCHS,
        "if (_resumes >= ResumesBeforeRekey)",
        "if (_resumes < 0)",
        ("A_week_of_hourly_sleeps_with_a_clock_that_drifts_loses_no_hop",)),
    Mutant(
        "time awake is forgotten in a sleep", EPOCHS,
        "        _rekeyAt = now + _session.Shape.Shorten(RekeyAfter) - awake;\n",
        "",
        ("After_15_minutes_awake_in_all_a_rekey_follows",)),
    Mutant(
        "the tag key of DIVERSIFIED stays over a resume", SLEEP,
        "        ForgetResume();\n        _resume = new Resumption(from, nonce);",
        "        next = new EpochKeys(next.Epoch, next.SessionKey, next.ClientKey, next.ServerKey,\n            from.AuthenticationKey == null ? null : Secret.Slice(from.AuthenticationKey, 0, 32));\n        ForgetResume();\n        _resume = new Resumption(from, nonce);",
        ("With_DIVERSIFIED_the_tag_key_of_CONTROL_and_MANAGEMENT_is_that_of_the_new_session_key",)),
    Mutant(
        "the address of a RESUME is trusted", SESSION + "Path.cs",
        "            _caller.IsValidated = false;\n",
        "            _caller.IsValidated = true;\n",
        ("An_address_that_has_acknowledged_nothing_gets_at_most_three_times_its_bytes",)),

    # Section 17: a token gives three guesses. Section 24: a key is kept when both have it.
    Mutant(
        "a token gives four guesses", SESSION + "TokenGuard.cs",
        "MaxFailures = 3;",
        "MaxFailures = 4;",
        (FORGED_SYN_ACKS, ASKED_WITHOUT_END)),
    Mutant(
        "a client does not count what may have been a guess", SESSION + "Attempt.cs",
        "if (!_options.TokenGuard.TryBegin())",
        "if (now < 0)",
        (FORGED_SYN_ACKS, "Ten_connections_at_once_give_three_guesses_too")),
    Mutant(
        "a client with a dead token begins all the same", SESSION + "Client.cs",
        "if (_suite >= KeySchedule.SuiteToken && _options.TokenGuard.IsSpent)",
        "if (now < 0)",
        (FORGED_SYN_ACKS,)),
    Mutant(
        "a client waits for another SYN_ACK of suite 5 when the first leads nowhere", SESSION + "Client.cs",
        "else if (_attempt.IsSpent)",
        "else if (_attempt.IsSpent && size < 0)",
        ("A_share_that_is_no_point_costs_the_client_its_attempt_and_the_server_nothing",)),
    Mutant(
        "a failed attempt of suite 5 begins anew by itself", SESSION + "Client.cs",
        "if (_suite == KeySchedule.SuiteSpake2 && Attempts != 0)",
        "if (now < 0)",
        ("A_wrong_token_fails_once_and_both_sides_count_it",)),
    Mutant(
        "a client of suite 5 begins anew after 10 s", SESSION + "Attempt.cs",
        "_lifetime = suite == KeySchedule.SuiteSpake2 ? LifetimeSuite5 : Lifetime -",
        "_lifetime = Lifetime -",
        ("Without_an_answer_the_same_SYN_goes_out_for_30_s",)),
    Mutant(
        "a server does not count the SYNs of suite 5", LISTENING + "Reception.cs",
        "if (handshake.Suite >= KeySchedule.SuiteToken && !_options.TokenGuard.TryBegin())",
        "if (handshake.Suite < 0)",
        (ASKED_WITHOUT_END,)),
    Mutant(
        "a server with a dead token answers", LISTENING + "Reception.cs",
        "if (suite >= KeySchedule.SuiteToken && _options.TokenGuard.IsSpent)",
        "if (suite < 0)",
        (ASKED_WITHOUT_END,)),
    Mutant(
        "the token is dead while its third exchange may still come right", LISTENING + "Server.cs",
        "&& _options.TokenGuard.IsSpent && _admission.HalfOpen == 0;",
        "&& _options.TokenGuard.IsSpent;",
        ("The_third_attempt_may_come_right",)),
    Mutant(
        "a right confirmation does not end the count", LISTENING + "Server.cs",
        "        _options.TokenGuard?.Succeed();\n",
        "",
        ("A_wrong_token_fails_once_and_both_sides_count_it",)),
    Mutant(
        "a right confirmation takes all failures back", "firmware/Springtail/Sessions/TokenGuard.cs",
        "            Failures--;\n",
        "            Failures = 0;\n",
        ("A_wrong_token_fails_once_and_both_sides_count_it",)),
    Mutant(
        "failures with a token end with the process", "firmware/Springtail/ChannelOptions.cs",
        "        KeepGuesses();\n",
        "",
        ("Failures_with_a_token_outlive_the_process_and_a_success_takes_back_its_own_alone",)),
    Mutant(
        "a SYN that was taken before a restart is taken again", LISTENING + "Reception.cs",
        "        Recall(sessionId, keyExchangeId, ref isTaken);\n",
        "",
        ("A_SYN_that_was_taken_before_a_restart_is_not_taken_again_by_a_listener_with_a_state_folder",)),
    Mutant(
        "an installation answers its own SYN", LISTENING + "Reception.cs",
        "_options.Installation.Mark(_core, sessionId) == Wire.ReadU64(payload, Syn.Mark)",
        "false",
        ("A_mirrored_SYN_is_not_answered",)),
    Mutant(
        "a listener with a token tells the time under a key of the token", "firmware/Springtail/ChannelOptions.cs",
        "internal int OpenDiscoveryPort => Token != null ? 0 : DiscoveryPort;",
        "internal int OpenDiscoveryPort => DiscoveryPort;",
        ("A_listener_with_a_token_tells_nobody_the_time",)),
    Mutant(
        "a listener of no PSK waits for nobody", "firmware/Springtail/ChannelOptions.cs",
        "if (Psks.Length == 0)",
        "if (Psks.Length < 0)",
        ("Wrong_arguments_are_refused_at_once",)),
    Mutant(
        "a largest message that overflows is taken", "firmware/Springtail/ChannelOptions.cs",
        "MaxMessageSize > DataPayload.MaxFragments * DataPayload.FragmentSize)",
        "MaxFragments > DataPayload.MaxFragments)",
        ("Wrong_arguments_are_refused_at_once",)),
    Mutant(
        "a connection without a host goes to this machine", "firmware/Springtail/Channel.cs",
        "if (string.IsNullOrEmpty(host) || options == null)",
        "if (host == null || options == null)",
        ("Wrong_arguments_are_refused_at_once",)),
    Mutant(
        "two messages sent at once are mixed", "firmware/Springtail/Channel.cs",
        "if (begun == null && !session.InMessage)",
        "if (begun == null)",
        ("Many_threads_send_and_take_and_each_message_goes_once",)),
    Mutant(
        "a token means suite 4", "firmware/Springtail/ChannelOptions.cs",
        "Suite == 0 && Token != null ? KeySchedule.SuiteSpake2 : Suite;",
        "Suite == 0 && Token != null ? KeySchedule.SuiteToken : Suite;",
        ("Suite_5_is_what_a_token_means",)),
    Mutant(
        "a share that leads to infinity is taken, in C#", "firmware/Springtail/Crypto/ManagedP256.cs",
        "            good &= !work.IsInfinity();\n",
        "",
        ("WhatLeadsNowhereIsRefused",)),
    Mutant(
        "a share that leads to infinity is taken, in C", "native-interop/src/spake2.c",
        "valid &= spt_p256_point_add(&r, &p);",
        "(void)spt_p256_point_add(&r, &p);",
        ("WhatLeadsNowhereIsRefused",)),
    Mutant(
        "a share that is no point is taken, in C", "native-interop/src/spake2.c",
        "valid &= spt_p256_load_point(&p, peer_share);",
        "(void)spt_p256_load_point(&p, peer_share);",
        ("WhatLeadsNowhereIsRefused",)),
    Mutant(
        "the proof that the peer stores the same key is not looked at", "firmware/Springtail/Pairing/PairingExchange.cs",
        " && ConstantTime.Equal(Proof(!_isServer), 0, buffer, 1, MessageSize - 1))",
        ")",
        ("What_cannot_come_now_is_refused",)),
    Mutant(
        "the collector may move an array that holds a secret", "tools/Springtail.Host/Crypto/CryptoCore.Desktop.cs",
        "GC.AllocateArray<byte>(size, pinned: true);",
        "new byte[size];",
        ("The_keys_of_a_session_leave_no_copies",)),
    Mutant(
        "what was borrowed for a secret is given back as it is", "tools/Springtail.Host/Crypto/CryptoCore.Desktop.cs",
        "        CryptographicOperations.ZeroMemory(secret);\n",
        "",
        ("AHandshakeLeavesNothing", "LaterEpochsLeaveNothing")),
    Mutant(
        "the desktop opens a packet of suite 2 whose tag is wrong", "tools/Springtail.Host/Crypto/DesktopCore.cs",
        "nonce, key) != 0)",
        "nonce, key) > 0)",
        ("PacketsOfEverySizeAndProtection",)),
    Mutant(
        "the tag of SecureCrypto is not looked at", "firmware/Springtail/Pairing/SecureCrypto.cs",
        "if (!ConstantTime.Equal(Tag(message, size, nonce), 0, message, NonceSize + size, TagSize))",
        "if (size < 0)",
        ("Another_token_or_an_altered_byte_is_noticed",)),
    # Section 14: emergency.
    Mutant(
        "the tag of an EMERGENCY_REQUEST is ignored", SESSION + "EmergencyResponse.cs",
        "if (!core.OpenPacket(packet, 0, arrival.Size, PacketProtection.Clear, null, key, 0))",
        "if (!core.OpenPacket(packet, 0, arrival.Size, PacketProtection.Clear, null, key, 0) && present != null)",
        (EMERGENCY,)),
    Mutant(
        "the tag of an EMERGENCY_RESPONSE is ignored", SESSION + "EmergencyRequest.cs",
        "byte[] secret = Core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, Key, 0) ? ",
        "byte[] secret = Core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, Key, 0) || size > 0 ? ",
        (EMERGENCY,)),
    Mutant(
        "an EMERGENCY_RESPONSE need not answer the request", SESSION + "EmergencyRequest.cs",
        "!ConstantTime.Equal(secret, 0, _token, 0, _token.Length) || Wire.ReadU64(secret, _token.Length) != _recoveryId",
        "size < 0",
        ("An_earlier_emergencys_request_and_response_disturb_no_later_one",)),
    Mutant(
        "an EMERGENCY_REQUEST may be of any time", SESSION + "EmergencyResponse.cs",
        "if (error > MaxClockError || error < 0 - MaxClockError || utcMs <= after)",
        "if (utcMs <= after)",
        ("A_request_that_is_31_s_old_is_refused",)),
    Mutant(
        "an EMERGENCY_REQUEST may be older than the last", SESSION + "EmergencyResponse.cs",
        "if (error > MaxClockError || error < 0 - MaxClockError || utcMs <= after)",
        "if (error > MaxClockError || error < 0 - MaxClockError)",
        ("An_earlier_emergencys_request_and_response_disturb_no_later_one",)),
    Mutant(
        "a session that hears its client accepts an emergency", SESSION + "EmergencyResponse.cs",
        "else if (now - old.Recovery.HeardAt < MinSilence || !old.IsOpen)",
        "else if (!old.IsOpen)",
        ("A_session_that_hears_its_client_accepts_no_emergency",)),
    Mutant(
        "the emergency key needs no secret of the session", "firmware/Springtail/Keys/EmergencyKeys.cs",
        ".U64(startUtcMs).U32(lastGoodSequence).U8(reason).Bytes(emergencySecret)",
        ".U64(startUtcMs).U32(lastGoodSequence).U8(reason)",
        ("Who_lacks_a_fact_of_the_session_achieves_nothing",), short=True),
    Mutant(
        "packets under the old keys cancel no emergency", SESSION + "Emergency.cs",
        "Old.Recovery.HeardAt != _oldHeardAt || ",
        "",
        ("A_packet_under_the_old_keys_cancels_it_on_either_side_and_nothing_is_lost",)),
    Mutant(
        "the server gives up a session in an emergency", SESSION + "Recovery.cs",
        "IsHeld ? long.MaxValue : ",
        "",
        ("The_server_does_not_give_up_a_silent_session_while_an_emergency_is_in_progress",)),
    Mutant(
        "KEY_CHECK is not compared", SESSION + "EmergencyResponse.cs",
        "if (ConstantTime.Equal(packet, Packet.HeaderSize, check, 0, check.Length))",
        "if (check != null)",
        (INTERIM,)),
    Mutant(
        "KEY_CHECK_REPLY is not compared", SESSION + "EmergencyRequest.cs",
        "if (length >= reply.Length && ConstantTime.Equal(packet, Packet.HeaderSize, reply, 0, reply.Length))",
        "if (length >= reply.Length)",
        (INTERIM,)),
    Mutant(
        "the emergency key stays in memory", SESSION + "Emergency.cs",
        "        Secret.Wipe(Key);\n",
        "",
        ("Its_keys_and_those_before_it_are_gone_when_it_is_over",)),
    Mutant(
        "the interim keys stay in memory", SESSION + "Emergency.cs",
        "        Keys?.Wipe();\n",
        "",
        ("Its_keys_and_those_before_it_are_gone_when_it_is_over",)),
    Mutant(
        "the first packet after an emergency is answered once", SESSION + "Session.cs",
        "        _heartbeatDue |= _confirm.Length == 0 && Space.IsInitial(arrival.Acknowledgment);\n",
        "",
        ("Each_packet_may_be_lost_doubled_or_late",)),
    # Section 23: what a peer in a file transfer says is checked.
    Mutant(
        "a received file's hash is not looked at", TRANSFER + "FileReceiver.cs",
        "!AreEqual(_digest, 0, _peerHash) ? TransferResult.HashDiffers : ", "",
        ("A_file_with_another_hash_than_was_sent_gets_no_name", "A_resumed_file_whose_rest_does_not_fit_gets_no_name"), short=True),
    Mutant(
        "what is there of a file is trusted", TRANSFER + "FileReceiver.cs",
        "_position == entry.Offset && AreEqual(_digest, 0, _peerHash));", "_position == entry.Offset);",
        ("What_is_there_of_a_file_counts_only_if_it_is_what_the_file_begins_with",)),
    Mutant(
        "the receiver takes any name", TRANSFER + "FileReceiver.cs",
        "TransferName.Check(entry.Path) ? Look(entry) : TransferResult.BadName", "Look(entry)",
        ("Names_that_must_not_be_are_refused_and_nothing_is_written",)),
    Mutant(
        "names may lead to the folder above", TRANSFER + "TransferName.cs",
        "return !dots && ", "return ",
        ("Names_that_lead_elsewhere_deceive_or_exist_nowhere_are_refused",)),
    Mutant(
        "names may hold control characters", TRANSFER + "TransferName.cs",
        "if (IsUnsafe(name[i]))", "if (name[i] == '/')",
        ("Names_that_lead_elsewhere_deceive_or_exist_nowhere_are_refused",)),
    Mutant(
        "names may be devices on Windows", "tools/Springtail.Host/Transfer/WindowsName.cs",
        " && !s_devices.Contains(stem, StringComparer.OrdinalIgnoreCase)", "",
        ("Names_that_only_Windows_refuses_pass_elsewhere",)),
    Mutant(
        "more bytes than a file has are taken", TRANSFER + "FileReceiver.cs",
        " || (entry.Size >= 0 && size > entry.Size - _position))", ")",
        ("Bytes_beyond_the_size_or_not_at_their_place_end_the_transfer",)),
    Mutant(
        "bytes are taken wherever they belong", TRANSFER + "FileReceiver.cs",
        "if (Wire.ReadMs(message, 5) != _position || ", "if (",
        ("Bytes_beyond_the_size_or_not_at_their_place_end_the_transfer",)),
    Mutant(
        "the sizes of an OFFER may exceed its sum", TRANSFER + "FileReceiver.cs",
        "if (offer.Entries[i].KnownSize > _bytesToCome - _bytesOffered)", "if (offer.Entries[i].KnownSize < 0)",
        ("Counts_and_sums_that_do_not_fit_end_the_transfer",)),
    Mutant(
        "the end may come with entries missing", TRANSFER + "FileReceiver.cs",
        "if (entries != _before || ", "if (",
        ("Counts_and_sums_that_do_not_fit_end_the_transfer",)),
    Mutant(
        "room is not looked for", TRANSFER + "FileReceiver.cs",
        "if (free >= 0 && _needed > free)", "if (free >= 0 && _needed < 0)",
        ("Too_little_room_is_found_before_a_byte_is_sent",)),
    Mutant(
        "existing files are overwritten unasked", TRANSFER + "FileReceiver.cs",
        "_overwrite = overwrite;", "_overwrite = true;",
        ("An_existing_file_is_kept_unless_it_may_be_overwritten",)),
    Mutant(
        "a file of the same size counts as the same", TRANSFER + "FileReceiver.cs",
        "            if (size == 0)\n            {\n                return AlreadyThere", "            if (size >= 0)\n            {\n                return AlreadyThere",
        ("An_existing_file_is_kept_unless_it_may_be_overwritten",)),
    Mutant(
        "the sender does not see that a file changed", TRANSFER + "FileSender.cs",
        "return _position == _readAgain && AreEqual(_again, 0, _digest) ? ", "return _position == _readAgain ? ",
        ("A_file_that_changes_while_it_is_sent_does_not_arrive_and_the_others_do",)),
    Mutant(
        "the sender expects no answer right after the last hash", TRANSFER + "FileSender.cs",
        "        if (!FindCompared())\n        {\n            _state = AwaitingSecondAccept;\n        }\n", "",
        ("An_answer_may_come_before_the_sender_does_anything_else",)),
    Mutant(
        "the sender believes a receiver with another hash", TRANSFER + "FileSender.cs",
        "if (result == TransferResult.Ok && !AreEqual(message, 6, entry.Hash))", "if (result < 0)",
        ("Receivers_that_lie_end_the_transfer_and_are_not_believed",)),
    Mutant(
        "UTF-8 may be longer than it need be", TRANSFER + "JsonReader.cs",
        "value < least || ", "",
        ("Names_that_are_not_UTF_8_end_the_transfer",)),
    Mutant(
        "links in the target folder are followed", "tools/Springtail.Host/Transfer/SystemFolder.cs",
        "FileKind.Link or FileKind.Special || ", "FileKind.Special || ",
        ("Links_are_left_out_by_the_sender_and_not_followed_by_the_receiver", "A_link_that_appears_between_offer_and_end_is_not_followed")),
    Mutant(
        "pipes are sent as empty files", "tools/Springtail.Host/Transfer/SystemFiles.cs",
        "case FileKind.Link or FileKind.Special:", "case FileKind.Link:",
        ("A_pipe_is_neither_sent_nor_written_to",)),
    Mutant(
        "pipes are written to", "tools/Springtail.Host/Transfer/FileStatus.cs",
        "_ => FileKind.Special,", "_ => FileKind.File,",
        ("A_pipe_is_neither_sent_nor_written_to",)),
    Mutant(
        "a link that took the place of a partial file gets the file's name", "tools/Springtail.Host/Transfer/SystemFolder.cs",
        "if (Find(from, out _) != StoreEntry.File)", "if (from == null)",
        ("A_link_that_takes_the_place_of_a_partial_file_does_not_get_the_file_s_name",)),
    Mutant(
        "permission bits beyond the nine are taken", TRANSFER + "Offer.cs",
        " || mode > MaxMode", "",
        ("JSON_that_is_not_as_it_must_be_ends_the_transfer",)),
    Mutant(
        "others may read a file while it comes", "tools/Springtail.Host/Transfer/SystemFolder.cs",
        "options.UnixCreateMode = OwnerAlone;", "",
        ("What_is_not_complete_is_for_its_owner_alone",)),
    Mutant(
        "others may look into a folder while it comes", "tools/Springtail.Host/Transfer/SystemFolder.cs",
        "isPrivate && !OperatingSystem.IsWindows() ? Directory.CreateDirectory(path, OwnersFolder) : ", "",
        ("What_is_not_complete_is_for_its_owner_alone",)),
    Mutant(
        "a folder that was there is taken over", "tools/Springtail.Host/Transfer/SystemFolder.cs",
        " && (entry.Replaces || _made.Contains(entry.Path) || FileStatus.Of(PathOf(entry.Path), follow: false).IsOnTheWay)", "",
        ("What_was_there_keeps_its_bits_and_time_unless_it_may_be_overwritten",)),
    Mutant(
        "a thread that waits for room looks again and again", "tools/Springtail.Host/Channels/Channel.Host.cs",
        "        t_seen = _changes;\n", "",
        ("A_thread_that_waits_for_room_sleeps",)),
    Mutant(
        "a part of a longer file passes for the whole", "tools/Springtail.Host/Transfer/SystemFiles.cs",
        "_isAnother = offered.Tail == Unknown || offered.Tail != Tail(offered.Size);", "",
        ("No_part_of_a_file_that_is_a_longer_one_now_passes_for_the_whole",)),
    Mutant(
        "a link that took a file's place is followed", "tools/Springtail.Host/Transfer/SystemFiles.cs",
        "FileStatus.Of(item.Path, item.IsNamed).Kind is FileKind.Special or FileKind.Link", "FileStatus.Of(item.Path, item.IsNamed).Kind is FileKind.Special",
        ("A_link_or_a_pipe_that_takes_the_place_of_a_file_is_not_read",)),
    Mutant(
        "a sticky folder's copy is open to all", "tools/Springtail.Host/Transfer/FileStatus.cs",
        " & ~(IsSticky ? OthersWriteBits : 0)", "",
        ("Where_a_sticky_folder_let_others_write_its_copy_does_not",)),
    Mutant(
        "a size from the system's records is taken for the end", "tools/Springtail.Host/Transfer/SystemFiles.cs",
        "FileStreams.Read(_open, new byte[1], 0, 1) > 0 ? FileEntry.UnknownSize : 0;", "0;",
        ("What_is_named_is_followed_and_read_to_its_end",)),
    Mutant(
        "whoever breaks off does not take what is under way", TRANSFER + "FileTransfer.cs",
        "i < MostDropped && ", "i < 0 && ",
        ("A_receiver_that_breaks_off_lets_the_sender_know_and_need_not_wait_for_what_finds_no_room",)),

    # Section 15: discovery.
    Mutant(
        "a full filter is answered", DISCOVERY + "Responder.cs",
        "if (tooMany || BitsSet(filter) > DiscoveryProofs.BitsPerPsk * count)",
        "if (tooMany)",
        ("A_full_filter_and_a_lying_count_are_refused",)),
    Mutant(
        "more PSKs than 256 are answered", DISCOVERY + "Responder.cs",
        "bool tooMany = count > DiscoveryRequest.MaxPsks;",
        "bool tooMany = count > 70000;",
        ("A_full_filter_and_a_lying_count_are_refused",)),
    Mutant(
        "a filter of any size is taken", DISCOVERY + "Responder.cs",
        "(!tooMany && filterSize != DiscoveryRequest.FilterSize(count))",
        "(!tooMany && filterSize < 0)",
        ("A_filter_of_another_size_than_the_count_asks_for_gets_no_answer",)),
    Mutant(
        "a CONFIRM needs no proof", DISCOVERY + "Responder.cs",
        "if (named >= 0 && proven >= 0)",
        "if (named >= 0)",
        ("What_fits_nothing_is_rejected_and_the_right_confirm_still_counts",)),
    Mutant(
        "a CONFIRM need not name the PSK", DISCOVERY + "Responder.cs",
        "named = fits && i < exchange.OfferedCount ? exchange.Offered[i] : named;",
        "named = i < exchange.OfferedCount ? exchange.Offered[i] : named;",
        ("What_fits_nothing_is_rejected_and_the_right_confirm_still_counts",)),
    Mutant(
        "a CONFIRM may name a PSK that was not offered", DISCOVERY + "Responder.cs",
        "named = fits && i < exchange.OfferedCount ? exchange.Offered[i] : named;",
        "named = fits ? exchange.Offered[i] : named;",
        ("A_PSK_that_was_not_offered_cannot_be_confirmed",)),
    Mutant(
        "the work for a CONFIRM tells what was offered", DISCOVERY + "Responder.cs",
        "for (int i = 0; i < _candidates; i++)\n        {\n            byte[] confirmation",
        "for (int i = 0; i < exchange.OfferedCount; i++)\n        {\n            byte[] confirmation",
        ("A_confirm_takes_the_same_work_whatever_it_names_and_whatever_was_offered",)),
    Mutant(
        "a responder takes answers for requests", DISCOVERY + "Responder.cs",
        "if (Packet.FromServer(packet))",
        "if (size < 0)",
        ("Answers_of_all_kinds_are_no_requests_and_requests_no_answers",)),
    Mutant(
        "one's own discovery_id is answered", DISCOVERY + "Responder.cs",
        "if (_own != null && _own.ContainsDiscovery(id))",
        "if (_own != null && now < 0)",
        ("Answers_of_all_kinds_are_no_requests_and_requests_no_answers",)),
    Mutant(
        "who has the discovery_id is answered in the sender's place", DISCOVERY + "Responder.cs",
        "if (IsOf(exchange, id, from) && exchange.Request == request && exchange.Subtype == answerSubtype)",
        "if (IsOf(exchange, id, from) && exchange.Subtype == answerSubtype)",
        ("A_copy_from_elsewhere_and_other_fields_under_the_same_discovery_id_take_nothing_from_the_sender",)),
    Mutant(
        "a copy from elsewhere is answered where the first came from", DISCOVERY + "Responder.cs",
        "exchange.Id == id && exchange.From.SameAs(from);",
        "exchange.Id == id;",
        ("A_copy_from_elsewhere_and_other_fields_under_the_same_discovery_id_take_nothing_from_the_sender",)),
    Mutant(
        "one address asks without end", DISCOVERY + "RequestMemory.cs",
        "return asked >= PerAddress || lately >= _perSecond;",
        "return lately >= _perSecond;",
        ("Five_requests_a_minute_from_one_address_and_as_many_a_second_as_are_kept",)),
    Mutant(
        "all together ask without end", DISCOVERY + "RequestMemory.cs",
        "return asked >= PerAddress || lately >= _perSecond;",
        "return asked >= PerAddress;",
        ("Five_requests_a_minute_from_one_address_and_as_many_a_second_as_are_kept",)),
    Mutant(
        "each address of an IPv6 network counts for itself", DISCOVERY + "RequestMemory.cs",
        "ulong network = from.Network;",
        "ulong network = from.Network ^ Wire.ReadU64(from.Address, 8);",
        ("Five_requests_a_minute_from_one_address_and_as_many_a_second_as_are_kept",)),
    Mutant(
        "when all exchanges are taken the youngest makes room", DISCOVERY + "Responder.cs",
        "oldest = oldest == null || exchange.BeganAt < oldest.BeganAt ? exchange : oldest;",
        "oldest = oldest == null || exchange.BeganAt > oldest.BeganAt ? exchange : oldest;",
        ("Who_floods_it_from_ever_new_addresses_leaves_each_exchange_a_second",)),
    Mutant(
        "one address has all exchanges", DISCOVERY + "Responder.cs",
        "return own >= _perAddress ? oldestOwn : free ?? oldest;",
        "return free ?? oldest;",
        ("One_address_has_few_of_the_exchanges_and_displaces_its_own",)),
    Mutant(
        "an exchange is kept for ever", DISCOVERY + "Responder.cs",
        "_exchanges[i].IsLive && now - _exchanges[i].BeganAt >= KeptFor",
        "_exchanges[i].IsLive && now < 0",
        ("An_exchange_is_kept_for_10_s",)),
    Mutant(
        "copies of a CONFIRM are answered without end", DISCOVERY + "Responder.cs",
        "if (exchange.Accepts == MaxRepeats)",
        "if (exchange.Accepts < 0)",
        ("Copies_are_answered_anew_and_not_without_end",)),
    Mutant(
        "the size of an answer tells how many PSKs fit", DISCOVERY + "Responder.cs",
        "return DiscoveryResponse.Candidates + _candidates * DiscoveryProofs.CandidateSize;",
        "Wire.WriteU16(packet, at + DiscoveryResponse.Count, (ushort)exchange.OfferedCount);\n"
        "        return DiscoveryResponse.Candidates + exchange.OfferedCount * DiscoveryProofs.CandidateSize;",
        ("The_answer_has_the_same_size_and_look_and_takes_the_same_work_with_and_without_a_match",)),
    Mutant(
        "candidates come in the order of the PSKs that fit", DISCOVERY + "Responder.cs",
        "int other = (int)(Wire.ReadU32(_draws, 4 * i) % (uint)(i + 1));",
        "int other = i;",
        ("Where_a_candidate_stands_is_chance",)),
    Mutant(
        "a candidate is the same in every answer", "firmware/Springtail/Keys/DiscoveryProofs.cs",
        'Bytes(blinded).Bytes(challengeNonce).Text("candidate_v2")',
        'Bytes(blinded).Text("candidate_v2")',
        ("No_answer_shares_bytes_with_another_whoever_holds_the_same_keys",)),
    Mutant(
        "what fills an answer up is made of the PSKs and the request", DISCOVERY + "Responder.cs",
        "            Array.Copy(isOffered ? candidate : packet, isOffered ? 0 : place, packet, place, candidate.Length);",
        "            byte[] filling = DiscoveryProofs.Candidate(_core, blinded, new byte[] { (byte)i });\n"
        "            Array.Copy(isOffered ? candidate : filling, 0, packet, place, candidate.Length);",
        ("No_answer_shares_bytes_with_another_whoever_holds_the_same_keys",)),
    Mutant(
        "the answer to a copy has the nonce of the first", DISCOVERY + "Responder.cs",
        "_core.Random(exchange.Nonces, nonceAt, DiscoveryResponse.NonceSize);",
        "_core.Random(exchange.Nonces, exchange.Answers == 0 ? 0 : exchange.Nonces.Length, exchange.Answers == 0 ? DiscoveryResponse.NonceSize : 0);\n"
        "        nonceAt = 0;",
        ("No_answer_shares_bytes_with_another_whoever_holds_the_same_keys",)),
    Mutant(
        "a match is the same in every answer", "firmware/Springtail/Keys/DiscoveryProofs.cs",
        "Bytes(nonce).Bytes(responderNonce).Text(Match)",
        "Bytes(nonce).Text(Match)",
        ("No_answer_shares_bytes_with_another_whoever_holds_the_same_keys",)),
    Mutant(
        "an ACCEPT needs no proof", DISCOVERY + "Initiator.cs",
        "if (ConstantTime.Equal(proof, 0, packet, at + DiscoveryAccept.Proof, proof.Length))",
        "if (proof.Length > 0)",
        ("Replayed_reflected_relayed_and_mixed_up_messages_lead_nowhere",), short=True),
    Mutant(
        "an initiator takes requests for answers", DISCOVERY + "Initiator.cs",
        "else if (!Packet.FromServer(packet))",
        "else if (size < 0)",
        ("Replayed_reflected_relayed_and_mixed_up_messages_lead_nowhere",)),
    Mutant(
        "an initiator takes packets of other exchanges", DISCOVERY + "Initiator.cs",
        "else if (Packet.SessionId(packet) != _id)",
        "else if (size < 0)",
        ("Replayed_reflected_relayed_and_mixed_up_messages_lead_nowhere",)),
    Mutant(
        "an initiator takes packets from anywhere", DISCOVERY + "Initiator.cs",
        "if (!from.SameAddress(_responder))",
        "if (size < 0)",
        ("Replayed_reflected_relayed_and_mixed_up_messages_lead_nowhere",)),
    Mutant(
        "the first answer without a match ends a discovery", DISCOVERY + "Initiator.cs",
        "            _foundNone = true;\n            WaitForBetter(now);\n            return;\n        }\n\n        Offer offer",
        "            Finish(-1, ErrorCode.PskNotFound);\n            return;\n        }\n\n        Offer offer",
        ("Who_only_adds_packets_does_not_keep_the_initiator_from_its_result",)),
    Mutant(
        "only the first answer is confirmed", DISCOVERY + "Initiator.cs",
        "private const int MaxOffers = 4;",
        "private const int MaxOffers = 1;",
        ("Who_only_adds_packets_does_not_keep_the_initiator_from_its_result",)),
    Mutant(
        "the tag of a packet of discovery is ignored", DISCOVERY + "DiscoveryPackets.cs",
        "\n            && _core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, DiscoveryProofs.IntegrityKey(_core, id), 0))",
        ")",
        ("Every_byte_of_every_packet_flipped_once_is_dropped",)),

    # Section 18: the fuzzy extractor.
    Mutant(
        "a key is given although its tag does not fit", "firmware/Springtail/Fuzzy/FuzzyExtractor.cs",
        "if (ConstantTime.Equal(Tag(key, helper), 0, helper, HeaderSize + ResponseSize, TagSize))",
        "if (key.Length == KeySize)",
        ("Beyond_what_can_be_corrected_it_fails_and_is_never_wrong",)),
    Mutant(
        "the tag does not cover the helper", "firmware/Springtail/Fuzzy/FuzzyExtractor.cs",
        ".Bytes(helper, 0, HeaderSize + ResponseSize).Hmac",
        ".Hmac",
        ("An_altered_helper_is_noticed_also_where_the_code_would_correct_it",)),
    Mutant(
        "copies of a bit stand side by side", "firmware/Springtail/Fuzzy/FuzzyExtractor.cs",
        "return (GolayCode.Bits * copy + (bit + Copies * copy) % GolayCode.Bits) * _blocks + block;",
        "return (block * GolayCode.Bits + bit) * Copies + copy;",
        ("At_15_percent_of_errors_999_of_1000_keys_are_right_and_at_50_percent_none",)),
    # The soak finds the removal of what each of its invariants stands for.
    Mutant(
        "an application is told of no message that may be lost", DELIVERY + "SendQueue.cs",
        "public int UnreceivedMessages => (int)(_nextReliable - _received);",
        "public int UnreceivedMessages => 0;",
        (SOAK,)),
    Mutant(
        "a reliable message is given before its turn", DELIVERY + "Inbox.cs",
        "public bool NextIsReliable => _countOfNext != 0 && _heldForNext == _countOfNext;",
        "public bool NextIsReliable => _countOfNext != 0 && _heldForNext > 0;",
        (SOAK,)),
    Mutant(
        "a number is used twice after a lost packet", SPACE,
        "        _lastNumber++;\n",
        "        _lastNumber += type == PacketType.Heartbeat ? 0u : 1u;\n",
        (SOAK,)),
    Mutant(
        "a snapshot restored twice gives the same keys", SESSION + "Session.cs",
        "        core.Random(nonce, 0, nonce.Length);\n",
        "",
        (SOAK,)),
    Mutant(
        "a packet is accepted as often as it comes", SPACE,
        "? !arrival.IsHighest : _received.Contains(number))",
        "? !arrival.IsHighest : number == 0)",
        (SOAK,)),
    Mutant(
        "the keys of the previous epoch are forgotten, not wiped, and kept by a closed session", SESSION + "Session.Agenda.cs",
        "        at = Epochs.ExpiresAt;\n",
        "        at = talks ? Epochs.ExpiresAt : long.MaxValue;\n",
        (SOAK, "A_session_that_is_closed_still_wipes_the_keys_of_the_previous_epoch_after_5_s")),
    Mutant(
        "the own rekey's private key outlives its use", EXCHANGE,
        "        Secret.Wipe(_privateKey);\n        _privateKey = null;",
        "        _response = _privateKey;\n        _privateKey = null;",
        (SOAK,)),
    Mutant(
        "a message that was kept in part never becomes complete", "tools/Springtail.Host/State/Delivery.Kept.cs",
        "        _heldForComplete = Held(DataPayload.Reliable, _complete, out _);\n",
        "",
        ("A_message_of_which_a_part_was_kept_becomes_complete_and_its_copies_are_known",)),
    Mutant(
        "a copy of a fragment that was kept counts as new", "tools/Springtail.Host/State/Delivery.Kept.cs",
        "                NoteLast(_top);\n",
        "",
        ("A_message_of_which_a_part_was_kept_becomes_complete_and_its_copies_are_known",)),
    Mutant(
        "a packet that is held takes the room of sixteen", DELIVERY + "Inbox.cs",
        "_bytes[slot] = new byte[length <=",
        "_bytes[slot] = new byte[16 * DataPayload.FragmentSize]; _ = new byte[length <=",
        (SOAK,)),
    Mutant(
        "a session wants to be called all the time", SESSION + "Path.cs",
        "return now + (ahead < 0 ? 0 : ahead);",
        "return now;",
        (SOAK,)),
    Mutant(
        "a hop that is due is put off by each call", SESSION + "Path.cs",
        "return now + (ahead < 0 ? 0 : ahead);",
        "return now + (ahead < 1 ? 1 : ahead);",
        (SOAK,)),
    Mutant(
        "a timer that has doubled to a minute is waited for", DELIVERY + "RoundTrip.cs",
        "int longest = _base < LongestDoubled ? LongestDoubled : _base;",
        "int longest = Maximum;",
        ("What_was_lost_for_long_goes_out_again_within_3_s", "The_timer_doubles_while_nothing_is_acknowledged")),
    Mutant(
        "a listener with a state folder remembers nothing of before its start", "tools/Springtail.Host/State/AnsweredSyns.cs",
        "_remembersFrom -= _answered?.HasMemory == true ? Day : 0;",
        "",
        ("A_listener_with_a_state_folder_takes_first_packets_of_before_its_restart",)),
    Mutant(
        "rekeys that the peer asks for cost what it likes", SESSION + "Epochs.cs",
        "if (!known && _answersAt > arrival.Now + (AnswersAtOnce - 1) * AnswerInterval)",
        "if (!known && _answersAt < 0)",
        ("Who_asks_for_keys_all_the_time_gets_them_at_a_bounded_rate",)),
    Mutant(
        "what is overdue is noted again and again", SESSION + "Session.cs",
        "SetDeadline(State == SessionState.Ended ? long.MaxValue : now);",
        "SetDeadline(State == SessionState.Ended ? long.MaxValue : Deadline < now ? Deadline : now);",
        ("Time_in_which_a_client_stood_still_is_counted_once_whatever_waited_in_its_socket",), True),
    Mutant(
        "a listener's ports stay where a wrong clock put them", LISTENING + "RendezvousPorts.cs",
        "Until = now + (left < LongestWait ? left : LongestWait);",
        "Until = now + left;",
        ("A_listener_whose_clock_is_set_is_found_within_5_s",)),
    Mutant(
        "a client goes on with a SYN of the wrong time", SESSION + "Client.cs",
        "return _attempt.IsOver(now) || (_suite",
        "return _attempt.IsOver(now) || (_suite < 0 && _suite",
        ("A_client_whose_clock_is_set_begins_anew_with_it",)),
    Mutant(
        "an attempt beside a session goes by the own clock alone", SESSION + "Client.cs",
        "long utc = far && (_session == null || Attempts % 2 != 0) ? utcNow",
        "long utc = far || Attempts > 0 ? utcNow",
        ("A_client_whose_clock_is_behind_finds_a_listener_that_was_started_anew_within_5_s",)),
    Mutant(
        "every other attempt beside a session goes by the own clock, however near", SESSION + "Client.cs",
        "bool far = ahead > ClocksApart || ",
        "bool far = ahead > 0 || ",
        ("A_client_whose_clock_is_behind_finds_a_listener_that_was_started_anew_within_5_s",)),
    Mutant(
        "an attempt beside a session goes by the session's clock alone", SESSION + "Client.cs",
        "long utc = far && (_session == null || Attempts % 2 != 0) ? utcNow",
        "long utc = far && Attempts < 0 ? utcNow",
        ("A_listener_that_was_started_anew_with_another_clock_is_found_by_the_second_attempt",)),
    Mutant(
        "who hops and has a wrong clock hears no answer to its ACK", SESSION + "Path.cs",
        "if (toItsPort || !IsPath(arrival.From))",
        "if (!IsPath(arrival.From))",
        ("An_answer_to_the_confirming_ACK_goes_to_the_port_that_it_came_from",)),
    Mutant(
        "a slow SYN_ACK counts as round trip although its ACK was answered sooner", SESSION + "Session.cs",
        "if (!IsServer && now - _opening.MadeAt < _opening.Took)",
        "if (now < 0)",
        ("An_answer_to_the_confirming_ACK_goes_to_the_port_that_it_came_from",)),
    Mutant(
        "the time that a program stood still counts as round trip", SESSION + "Session.cs",
        "if (State != SessionState.Ended && now - Deadline > Standstill)",
        "if (now < 0)",
        ("Time_in_which_the_program_stood_still_is_no_measure_of_the_round_trip",)),
    Mutant(
        "a clock set by a slow handshake is believed for a minute", SESSION + "TimeSync.cs",
        "_isDoubted = confirmCopies > 2 || _time.Delay > _session.Path.Interval;",
        "_isDoubted = false;",
        (SLOW_HANDSHAKE,)),
    Mutant(
        "recovery never begins for silence", SESSION + "Recovery.cs",
        "if (now >= SilentAt())",
        "if (now < 0)",
        (SOAK,)),
    # Section 20: what one may do to the others of a listener.
    Mutant(
        "a key holder may have as many key exchanges as he asks for", LISTENING + "Reception.cs",
        "return _admission.Pay(Psk, suite, from, now) ? NotRefused : DropCause.Limit;",
        "return NotRefused;",
        (KEY_HOLDER,)),
    Mutant(
        "one PSK's SYNs fill the places of others", LISTENING + "SynMemory.cs",
        "return _countOf[psk] - _refusedOf[psk] < _quota || (_isPublic",
        "return _count < _quota || (_isPublic",
        (KEY_HOLDER,)),
    Mutant(
        "a refused SYN keeps its place", LISTENING + "SynMemory.cs",
        "_countOf[psk] - _refusedOf[psk] < _quota ||",
        "_countOf[psk] < _quota ||",
        ("SYNs_with_bad_keys_take_no_good_ones_place",)),
    Mutant(
        "a SYN is forgotten while its handshake is derived", LISTENING + "SynMemory.cs",
        " && !_oldest.IsDeriving)",
        ")",
        ("A_handshake_that_takes_longer_than_SYNs_are_remembered_ends_well",)),
    Mutant(
        "under a public key a SYN gives its place while its handshake is derived", LISTENING + "SynMemory.cs",
        "(entry.IsDeriving || (!_isPublic",
        "((!_isPublic",
        ("SYNs_under_a_public_key_take_the_place_of_none_that_is_being_derived",)),
    Mutant(
        "a SYN that finds no room is remembered", LISTENING + "Reception.cs",
        "if (refused != DropCause.Limit)",
        "if (refused >= 0)",
        ("Those_that_find_no_room_at_first_find_it_when_they_come_again",)),
    Mutant(
        "a stranger's packet is tried under all keys of the port", LISTENING + "Strangers.cs",
        "++_tries <= Free || !_budgets.IsSpent(from, now);",
        "++_tries > 0;",
        ("A_strangers_packets_cost_a_few_unmaskings_where_ten_thousand_keys_share_a_port",)),
    Mutant(
        "an answer comes from whichever address the system chooses", SENDER,
        "_held.SetOwnAddress(_transport.OwnAddress(_heldTo.OwnAddress));",
        "",
        ("An_answer_comes_from_the_address_that_was_dialled",)),
    # Section 14.2: sessions that outlast their listener.
    Mutant(
        "a sleeper's session is kept without its keys", KEPT + "Session.Kept.cs",
        "if (!sleeps)",
        "if (now >= 0)",
        ("A_device_that_sleeps_over_the_restart_gets_what_the_listener_had_for_it",)),
    Mutant(
        "traffic keys of a client that is awake are kept", KEPT + "Session.Kept.cs",
        "if (!sleeps)",
        "if (now < 0)",
        ("What_is_on_disk_is_sealed_private_and_erased_when_it_is_read",)),
    Mutant(
        "numbers of a sleeper's session that is restored twice come twice", KEPT + "Session.Kept.cs",
        "session.Space.Leap(session.Random() >> 4);",
        "session.Space.Leap(0);",
        ("A_sleepers_session_that_is_restored_twice_uses_no_number_twice",)),
    Mutant(
        "a session is kept with messages that the application may not have", KEPT + "Session.Kept.cs",
        "Delivery.Inbox.NextMessage == Delivery.Inbox.Done);",
        "Delivery.Inbox.NextMessage >= 0);",
        ("With_acknowledgment_by_hand_nothing_is_kept_that_the_application_may_not_have",)),
    Mutant(
        "what was sent and not acknowledged is not kept", KEPT + "Delivery.Kept.cs",
        "IsReliable(slot) || _state[slot] == Queued;",
        "_state[slot] == Queued;",
        ("What_was_under_way_on_both_sides_arrives_once_and_in_order_within_5_s",)),
    Mutant(
        "what is kept is still the application's", KEPT + "Session.Kept.cs",
        "        DropMessages();\n",
        "",
        ("Channels_over_sockets_go_on_in_the_next_listener",)),
    Mutant(
        "what was kept stays on the disk", KEPT + "KeptSessions.cs",
        "            File.Delete(own);\n",
        "            File.Move(own, file);\n",
        ("What_is_on_disk_is_sealed_private_and_erased_when_it_is_read",)),
    Mutant(
        "a channel that goes on is logged as ended", "tools/Springtail.Host/Channels/Channel.Host.cs",
        "session.State == _noted || session.EndCode == ErrorCode.Replaced",
        "session.State == _noted",
        ("A_host_with_a_state_folder_that_starts_again_goes_on_with_its_channels",)),
    Mutant(
        "an attempt goes on to an address that the server no longer has", "tools/Springtail.Host/Channels/Client.Host.cs",
        "public void Leave() => _lifetime = 0;",
        "public void Leave() => _lifetime = Lifetime;",
        ("An_attempt_does_not_go_on_to_an_address_that_the_name_no_longer_has",)),
    Mutant(
        "an attempt that could be a guess at a token is followed by another", "tools/Springtail.Host/Channels/Client.Host.cs",
        "_suite <= KeySchedule.SuiteFuzzy)",
        "_suite != 0)",
        ("An_attempt_does_not_go_on_to_an_address_that_the_name_no_longer_has",)),
    Mutant(
        "a sleeper's session that is kept forgets that it continues another", KEPT + "Session.Kept.cs",
        "new Continuation(id) { IsTaken = true };",
        "new Continuation(id);",
        ("A_device_that_sleeps_over_the_restart_gets_what_the_listener_had_for_it",)),
    Mutant(
        "a long ACK is taken for a confirmation on a client, too", SESSION + "Session.cs",
        "return IsServer && arrival.Type == PacketType.Ack &&",
        "return arrival.Type == PacketType.Ack &&",
        ("A_session_that_continues_another_takes_padded_ACKs",)),
    Mutant(
        "a large packet for which there is not room is taken in part", LARGE + "Delivery.LargePackets.cs",
        ": isReliable && ahead > _inbox.RoomAhead ? Inbox.NoRoom : Inbox.Stored;",
        ": Inbox.Stored;",
        ("A_large_packet_that_needs_more_room_than_there_is_counts_as_never_received",)),
    Mutant(
        "a session that hides lengths sends large packets", LARGE + "Delivery.LargePackets.cs",
        "_session.Options.SendsLargePackets && _session.Options.Padding == 0",
        "_session.Options.SendsLargePackets",
        ("A_session_that_pads_its_messages_sends_no_large_packets",)),
    Mutant(
        "the congestion window does not grow where a packet waits to be large", LARGE + "Delivery.LargePackets.cs",
        "isFull |= SendsLarge && _queue.Waiting > 0 && _queue.Unacknowledged + Packet.MostFragments > _congestion.Window;",
        "isFull |= false;",
        ("A_long_path_is_filled_as_soon_as_by_packets_of_one_fragment",)),
    Mutant(
        "large packets are sent to a peer that has not said that it takes them", LARGE + "PathMtu.cs",
        "public bool IsLarge => _pathTakes && _peerTakes;",
        "public bool IsLarge => _pathTakes || _peerTakes;",
        ("Both_the_probe_and_the_peer_have_to_say_that_large_packets_are_taken",)),
    Mutant(
        "large packets go on though all are lost", LARGE + "PathMtu.cs",
        "if (IsLarge && (timedOut || ++_losses == MaxLosses))",
        "if (timedOut && _losses > MaxLosses)",
        ("A_path_is_proved_anew_after_a_timer_or_three_losses_in_a_row", "A_path_that_takes_large_packets_no_more_is_left_alone_for_ten_minutes"), True),
    Mutant(
        "one probe's acknowledgment proves its path again and again", LARGE + "PathMtu.cs",
        "            _probe = 0;\n",
        "",
        ("A_path_is_proved_anew_after_a_timer_or_three_losses_in_a_row",)),
    Mutant(
        "a path on which only probes arrive is probed without end", LARGE + "PathMtu.cs",
        "            if (_hasPassed)\n",
        "            if (_hasPassed || _probes >= 0)\n",
        ("A_path_on_which_only_probes_arrive_is_left_alone_after_three",)),
    Mutant(
        "a small datagram leaves with a large one, and is lost with it", SENDER,
        "            && (size > Packet.MaxSize) == (_heldEach > Packet.MaxSize)\n",
        "",
        ("A_small_datagram_does_not_leave_with_a_large_one_since_a_link_may_refuse_both",)),
    Mutant(
        "an answer that goes elsewhere counts as a probe", LARGE + "Delivery.LargePackets.cs",
        "_probeDue && !_session.Path.AnswersElsewhere && MayProbe(now);",
        "_probeDue && MayProbe(now);",
        ("An_answer_that_goes_elsewhere_is_no_probe",)),
    Mutant(
        "a path that moved takes what the one before took", FLOW,
        "        _queue.LoseAll();\n        ForgetPathMtu();\n",
        "        _queue.LoseAll();\n",
        ("A_client_at_another_address_is_asked_again_what_its_path_takes",)),
    Mutant(
        "a large packet leaves in fragments of IP", SENDER,
        "            if (size > Packet.MaxSize)\n",
        "            if (size < 0)\n",
        ("A_large_packet_passes_whole_or_not_at_all",)),
]
