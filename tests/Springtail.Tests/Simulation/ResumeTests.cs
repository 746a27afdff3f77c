using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Announced sleep, the saved session and RESUME (PROTOCOL.md 10, 16).</summary>
public sealed class ResumeTests
{
    private static readonly bool s_full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    private const int Hour = 3600000;
    private const int ResumeSize = 42 + 24;
    private const int HeartbeatSize = 42 + 20;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 0)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 0)]
    [InlineData(4, 2)]
    [InlineData(5, 0)]
    [InlineData(5, 2)]
    public void A_wake_with_a_reading_costs_three_packets_and_no_public_key(int suite, int features)
    {
        LedgerCore core = new(90);
        World world = new(90) { Core = core };
        Sleeper device = Start(world, suite, features);
        device.Deliver(new byte[] { 1 });
        byte[] snapshot = device.Save(600);
        Assert.True(snapshot.Length <= 512, $"{snapshot.Length} bytes");
        for (int i = 0; i < 20; i++)
        {
            world.Run(600000);
            Assert.Equal(SessionState.Asleep, device.Far.State);
            int before = core.PublicKeyOperations;
            int sent = CountFrom(world, device.Host);
            device.WakeAndDeliver(snapshot, new byte[] { 2, (byte)i });
            Assert.All(snapshot, b => Assert.Equal(0, b));
            snapshot = device.Save(600);
            Assert.Equal(before, core.PublicKeyOperations);
            Assert.Equal(3, CountFrom(world, device.Host) - sent);
            Assert.Equal(i + 1, device.Far.Epoch);
            Assert.Equal(i + 1, device.Far.Resumes);
        }
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(-100, 100)]
    [InlineData(30000, 50000)]
    [InlineData(-30000, 50000)]
    public void A_week_of_hourly_sleeps_with_a_clock_that_drifts_loses_no_hop(int drift, int assumed)
    {
        LedgerCore core = new(91);
        World world = new(91) { Core = core };
        MemoryTransport host = world.Net.Host(2);
        host.DriftPartsPerMillion = drift;
        Sleeper device = Start(world, drift: assumed, host: host);
        device.Deliver(new byte[] { 1 });
        byte[] snapshot = device.Save(3600);

        // A clock of 3 % may be minutes off after an hour: it asks for the time first.
        int most = assumed > 100 ? 4 : 3;
        int rekeys = 0;
        int days = drift == 100 || s_full ? 7 : 2;
        for (int i = 0; i < days * 24; i++)
        {
            world.Run(Hour);
            int sent = CountFrom(world, host);
            int operations = core.PublicKeyOperations;
            device.WakeAndDeliver(snapshot, BitConverter.GetBytes(i));
            Assert.Equal(0u, device.Near.Counters.Retransmissions);
            snapshot = device.Save(3600);
            if (core.PublicKeyOperations == operations)
            {
                Assert.Equal(most, CountFrom(world, host) - sent);
            }
            else
            {
                rekeys++;
                Assert.Equal(0, (i + 1) % 24);
            }
        }

        Assert.Equal(days, rekeys);
        Assert.Equal(days, device.Far.Rekeys);
        Assert.Equal(days * 24, device.Far.Resumes);
    }

    [Fact]
    public void After_15_minutes_awake_in_all_a_rekey_follows()
    {
        World world = new(92);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(0, device.Far.Rekeys);
            world.Run(600000);
            device.WakeAndDeliver(snapshot, new byte[] { 1 });
            world.Run(224000);
            snapshot = device.Save(600);
        }

        world.Run(600000);
        device.WakeAndDeliver(snapshot, new byte[] { 1 });
        world.Run(5000);
        Assert.Equal(1, device.Near.Rekeys);
        Assert.Equal(1, device.Far.Rekeys);
    }

    [Fact]
    public void A_snapshot_restored_twice_repeats_no_pair_of_key_and_nonce_and_only_the_first_is_accepted()
    {
        for (int suite = 1; suite <= 2; suite++)
        {
            World world = new(93) { Core = new LedgerCore(93) };
            Sleeper device = Start(world, suite);
            device.Deliver(new byte[] { 1 });
            byte[] snapshot = device.Save(600);
            byte[] again = (byte[])snapshot.Clone();
            world.Run(300000);
            device.WakeAndDeliver(snapshot, new byte[] { 2 });
            Session first = device.Far;
            int epoch = first.Epoch;
            device.PowerOff();
            device.Wake(again, new byte[] { 3 });
            Assert.True(device.Client.Resumed);
            world.RunUntil(() => device.Client.State == ClientState.Connected, 30000, "a new session");
            Assert.False(device.Client.Resumed);
            Assert.Equal(ErrorCode.Timeout, device.Client.ResumeCode);
            Assert.Equal(epoch, first.Epoch);
            Assert.Null(Link.Take(first, world.Now));
            device.Far = world.Server.Accept();

            // What it had not sent goes out in the new session: an old snapshot names no session to continue, since its message_ids are of the past.
            device.AwaitDelivery(new byte[] { 3 });
            device.Deliver(new byte[] { 4 });
        }
    }

    [Fact]
    public void Two_devices_with_one_snapshot_at_the_same_time_get_one_session()
    {
        World world = new(94) { Core = new LedgerCore(94) };
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        byte[] again = (byte[])snapshot.Clone();
        world.Run(1000);
        device.Wake(snapshot, new byte[] { 1 });
        Client other = new(world.Core, Options(), world.ServerHost.Address, again, world.Now, world.ServerHost.UtcNow);
        other.Session.BeginMessage(1, true);
        other.Session.AppendMessage(new byte[] { 2 }, 0, world.Now);
        world.Add(world.Net.Host(3), other);
        device.AwaitDelivery(new byte[] { 1 });
        world.RunUntil(() => other.State == ClientState.Connected, 30000, "the other's new session");
        Assert.False(other.Resumed);
        Assert.True(device.Client.Resumed);
        Assert.Equal(1, device.Far.Resumes);
        device.Deliver(new byte[] { 3 });
    }

    [Fact]
    public void A_sleeping_device_gets_nothing_until_it_is_awake_and_then_all_that_waited()
    {
        World world = new(95);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(3600);
        world.Run(1000);
        int sent = CountFrom(world, world.ServerHost);
        Assert.True(device.Far.CanSend);
        for (byte i = 0; i < 3; i++)
        {
            device.Far.BeginMessage(1, true);
            device.Far.AppendMessage(new[] { i }, 0, world.Now);
        }

        world.Flush();
        world.Run(Hour);
        Assert.Equal(SessionState.Asleep, device.Far.State);
        Assert.Equal(sent, CountFrom(world, world.ServerHost));
        device.WakeAndDeliver(snapshot, new byte[] { 9 });
        for (byte i = 0; i < 3; i++)
        {
            byte[]? message = null;
            world.RunUntil(() => (message = Link.Take(device.Near, world.Now)) != null, 2000, "what waited");
            Assert.Equal(new[] { i }, message);
        }

        world.RunUntil(() => device.Far.AllAcknowledged, 2000, "the acknowledgments");
        Assert.Equal(0u, device.Far.Counters.Drops(DropCause.BadTag));
    }

    [Fact]
    public void A_short_sleep_may_take_a_minute_longer_than_was_announced()
    {
        World world = new(109);
        Sleeper device = Start(world);
        foreach (uint seconds in new uint[] { 1, 5, 30 })
        {
            byte[] snapshot = device.Save(seconds);
            world.Run(seconds * 1000 + 50000);
            device.WakeAndDeliver(snapshot, new byte[] { 1 });
        }
    }

    [Fact]
    public void A_snapshot_that_was_resumed_48_times_without_a_rekey_is_not_taken()
    {
        World world = new(113) { Core = new LedgerCore(113) };
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(3600);
        byte[] worn = (byte[])snapshot.Clone();
        worn[Snapshot.Resumes] = 48;
        Snapshot.Seal(world.Core, Options(), worn);
        Client client = new(world.Core, Options(), world.ServerHost.Address, worn, world.Now, device.Host.UtcNow);
        Assert.False(client.Resumed);
        Assert.Equal(ErrorCode.RekeyFailed, client.ResumeCode);
    }

    [Fact]
    public void A_sleeper_that_does_not_come_back_is_given_up_after_its_time_and_a_tenth()
    {
        World world = new(96);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(1000);
        long since = world.Now;
        world.Run(1000000);
        Assert.Equal(SessionState.Asleep, device.Far.State);
        world.RunUntil(() => device.Far.State == SessionState.Ended, 200000, "the end");
        Assert.InRange(world.Now - since, 1159000, 1160100);
        Assert.Equal(ErrorCode.Timeout, device.Far.EndCode);

        // The snapshot is not older than its time and a tenth by much, and no longer taken.
        world.Run(1000);
        device.Wake(snapshot);
        Assert.False(device.Client.Resumed);
        Assert.Equal(ErrorCode.TimestampInvalid, device.Client.ResumeCode);
    }

    [Fact]
    public void A_device_that_stays_awake_after_all_is_heard_and_a_late_packet_wakes_nobody()
    {
        World world = new(97);
        Sleeper device = Start(world);
        List<Captured> late = new();
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer && late.Count == 0)
            {
                late.Add(d);
                return false;
            }

            return true;
        });
        device.Near.BeginMessage(1, false);
        device.Near.AppendMessage(new byte[] { 1 }, 0, world.Now);
        world.Flush();
        world.RunUntil(() => device.Near.AllAcknowledged, 5000, "the loss to be noticed");
        device.Near.AnnounceSleep(600, world.Now);
        world.RunUntil(() => device.Near.CanSave, 5000, "the answer");
        Assert.Equal(SessionState.Asleep, device.Far.State);
        GiveToServer(world, late[0], device.Far);
        Assert.Equal(new byte[] { 1 }, Link.Take(device.Far, world.Now));
        Assert.Equal(SessionState.Asleep, device.Far.State);

        // It may not be saved once it has sent something else, until it has said again that it sleeps.
        device.Near.AnnounceSleep(0, world.Now);
        device.Deliver(new byte[] { 2 });
        Assert.Equal(SessionState.Established, device.Far.State);
        device.Near.AnnounceSleep(600, world.Now);
        Assert.False(device.Near.CanSave);
        Assert.Null(device.Near.Save(world.Now, device.Host.UtcNow));
        world.RunUntil(() => device.Near.CanSave, 5000, "the answer");
    }

    [Fact]
    public void The_announcement_is_repeated_each_second_until_it_is_answered()
    {
        World world = new(98);
        Sleeper device = Start(world);
        List<long> announced = new();
        int answers = 0;
        world.Net.Tap = new Tap(d =>
        {
            if (d.FromServer)
            {
                return ++answers > 3;
            }

            announced.Add(world.Now);
            return true;
        });
        long begun = world.Now;
        device.Save(600);
        Assert.Equal(new long[] { 0, 1000, 2000, 3000 }, announced.Select(at => at - begun));
        Assert.Equal(4, answers);
    }

    [Fact]
    public void A_HEARTBEAT_of_the_servers_own_is_no_answer_to_a_sleep()
    {
        World world = new(115);
        Sleeper device = Start(world);
        world.Net.Tap = new Tap(d => d.FromServer);
        uint heard = device.Near.Counters.PacketsReceived;
        device.Near.AnnounceSleep(600, world.Now);
        world.RunUntil(() => device.Near.Counters.PacketsReceived > heard, 31000, "a heartbeat");
        Assert.False(device.Near.CanSave);
        Assert.Equal(SessionState.Established, device.Far.State);
    }

    [Fact]
    public void A_device_that_sends_something_after_its_announcement_makes_it_again()
    {
        World world = new(116);
        Sleeper device = Start(world);
        device.Near.AnnounceSleep(600, world.Now);
        world.Flush();
        device.Near.BeginMessage(1, false);
        device.Near.AppendMessage(new byte[] { 1 }, 0, world.Now);
        world.Flush();
        world.RunUntil(() => device.Near.CanSave, 5000, "the answer");
        Assert.Equal(SessionState.Asleep, device.Far.State);
        Assert.NotNull(Link.Take(device.Far, world.Now));
    }

    [Fact]
    public void RESUME_goes_out_at_0_half_and_one_and_a_half_s_and_after_3_s_there_is_a_new_handshake()
    {
        World world = new(99);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        Session far = device.Far;
        world.Run(60000);
        List<(long At, byte[] Bytes)> sent = new();
        long woken = world.Now;
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer)
            {
                sent.Add((world.Now - woken, d.Bytes));
            }

            return false;
        });
        ulong last = Wire.ReadU64(snapshot, Snapshot.LastNumber);
        uint received = Wire.ReadU32(snapshot, Snapshot.HighestReceived + 4);
        device.Wake(snapshot);
        world.Run(3500);
        Assert.Equal(new long[] { 0, 500, 1500 }, sent.Where(s => s.Bytes.Length == ResumeSize).Select(s => s.At));
        Assert.Equal(3000, sent.First(s => s.Bytes.Length != ResumeSize).At);
        Assert.Equal(ClientState.Calling, device.Client.State);
        byte[][] copies = sent.Where(s => s.Bytes.Length == ResumeSize).Select(s => s.Bytes).ToArray();
        for (int i = 0; i < 3; i++)
        {
            byte[] copy = copies[i];
            Assert.True(TestCore.Instance.UnmaskPacket(copy, 0, copy.Length, far.MaskKey));
            Assert.Equal((PacketType.Management, ManagementSubtype.Resume, 0), (Packet.Type(copy), Packet.Subtype(copy), Packet.Epoch(copy)));
            Assert.Equal((uint)(last + 1 + 65536 + (ulong)i), Packet.Sequence(copy));
            Assert.Equal(Packet.Sequence(copy) + 1, Wire.ReadU32(copy, 26 + ResumePayload.NextSend));
            Assert.Equal(received, Wire.ReadU32(copy, 26 + ResumePayload.LastReceived));
            Assert.Equal(copies[0][26..42], copy[26..42]);
        }
    }

    [Fact]
    public void Any_of_the_three_copies_will_do_and_each_is_answered()
    {
        for (int lost = 0; lost < 3; lost++)
        {
            World world = new(100);
            Sleeper device = Start(world);
            byte[] snapshot = device.Save(600);
            world.Run(60000);
            int copies = 0;
            int answers = 0;
            world.Net.Tap = new Tap(d =>
            {
                if (d.FromServer)
                {
                    answers += d.Bytes.Length == HeartbeatSize ? 1 : 0;
                    return copies > 2;
                }

                return d.Bytes.Length != ResumeSize || ++copies > lost;
            });
            device.Wake(snapshot);
            world.Run(5000);
            Assert.Equal(3 - lost, answers);
            Assert.True(device.Client.Resumed);
            Assert.Equal(ClientState.Connected, device.Client.State);
            Assert.Equal(1, device.Far.Resumes);
            device.Deliver(new byte[] { 1 });
        }
    }

    [Fact]
    public void A_session_outlives_sleeps_on_a_bad_network_or_the_device_is_told()
    {
        int resumed = 0;
        int renewed = 0;
        for (uint seed = 900; seed < 912; seed++)
        {
            World world = new(seed) { Core = new LedgerCore(seed) };
            Sleeper device = Start(world, 1 + (int)(seed % 3), (int)(seed % 4));
            world.Net.LossPercent = 30;
            world.Net.DuplicatePercent = 20;
            world.Net.DamagePercent = 5;
            world.Net.Jitter = 300;
            byte[] snapshot = device.Save(60, 300000);
            byte down = 0;
            byte expected = 0;
            for (byte i = 0; i < 12; i++)
            {
                world.Run(30000);
                Assert.True(device.Far.CanSend);
                device.Far.BeginMessage(2, true);
                device.Far.AppendMessage(new[] { (byte)0xD0, down++ }, 0, world.Now);
                world.Flush();
                device.Wake(snapshot, new[] { i });
                Assert.True(device.Client.Resumed);
                List<byte> arrived = new();
                world.RunUntil(
                    () =>
                    {
                        if (Link.Take(device.Far, world.Now) is { } message)
                        {
                            arrived.Add(Assert.Single(message));
                        }

                        return device.Client.State == ClientState.Connected && (!device.Client.Resumed || (device.Near.AllAcknowledged && arrived.Count != 0));
                    },
                    120000,
                    () => $"the wake {i}\n  {Link.Describe(device.Near)}\n  {Link.Describe(device.Far)}");
                if (device.Client.Resumed)
                {
                    resumed++;
                    Assert.Equal(new[] { i }, arrived);
                }
                else
                {
                    // It may have arrived, once, before the session was lost: the device was told so.
                    renewed++;
                    Assert.True(arrived.Count <= 1);
                    Session? session = null;
                    bool isContinued = false;
                    world.RunUntil(
                        () =>
                        {
                            // The device may have left one that it did not hear of, and begun anew.
                            Session? next = world.Server.Accept() ?? (session ?? device.Far).Successor;
                            isContinued = next == null ? isContinued : next == (session ?? device.Far).Successor;
                            session = next ?? session;
                            return session?.Id == device.Near.Id;
                        },
                        60000,
                        "the new session");
                    expected = isContinued ? expected : down;
                    device.Far = session!;
                    if (arrived.Count == 0 || device.Near.LostMessages == 0)
                    {
                        byte[]? again = null;
                        world.RunUntil(() => (again = Link.Take(device.Far, world.Now)) != null || device.Near.AllAcknowledged, 60000, "what is sent again");
                        Assert.True(again == null ? arrived.Count == 1 : again.AsSpan().SequenceEqual(new[] { i }));
                    }
                }

                byte[]? message = null;
                while (expected < down)
                {
                    world.RunUntil(() => (message = Link.Take(device.Near, world.Now)) != null, 60000, "a message for the device");
                    Assert.Equal(new[] { (byte)0xD0, expected++ }, message);
                }

                snapshot = device.Save(60, 300000);
            }
        }

        Assert.True(resumed > 12 * renewed, $"{resumed} resumed, {renewed} renewed");
    }

    [Fact]
    public void Replayed_altered_truncated_and_reflected_RESUMEs_change_nothing()
    {
        World world = new(101);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        world.Run(60000);
        Recorder recorder = new();
        world.Net.Tap = recorder;
        device.WakeAndDeliver(snapshot, new byte[] { 1 });
        Captured resume = recorder.Datagrams.First(d => d.Bytes.Length == ResumeSize);
        snapshot = device.Save(600);
        world.Run(1000);
        int epoch = device.Far.Epoch;
        uint heard = device.Far.Counters.PacketsReceived;
        foreach (Captured datagram in recorder.Datagrams.Where(d => !d.FromServer).ToList())
        {
            GiveToServer(world, datagram, device.Far);
        }

        Assert.Equal(heard, device.Far.Counters.PacketsReceived);
        Assert.Equal(SessionState.Asleep, device.Far.State);

        // A good one, each byte of it flipped, cut short, and given back to the device.
        Captured? next = null;
        world.Net.Tap = new Tap(d =>
        {
            next ??= d;
            return false;
        });
        device.Wake(snapshot);
        world.Flush();
        uint dropped = world.Server.Counters.DropsInAll + device.Far.Counters.DropsInAll;
        uint tries = 0;
        for (int i = 0; i < ResumeSize; i++)
        {
            byte[] altered = (byte[])next!.Bytes.Clone();
            altered[i] ^= 0x80;
            GiveToServer(world, new Captured(next.From, next.To, altered, altered.Length), device.Far);
            GiveToServer(world, new Captured(next.From, next.To, next.Bytes, i), device.Far);
            tries += 2;
        }

        Assert.Equal(dropped + tries, world.Server.Counters.DropsInAll + device.Far.Counters.DropsInAll);
        Assert.Equal(heard, device.Far.Counters.PacketsReceived);
        Assert.Equal(epoch, device.Far.Epoch);
        byte[] reflected = (byte[])next!.Bytes.Clone();
        device.Client.Receive(reflected, reflected.Length, device.Near.Peer, Datagram.OwnSocket, world.Now, device.Host.UtcNow);
        Assert.Equal(1u, device.Near.Counters.Drops(DropCause.Reflected));
        GiveToServer(world, next, device.Far);
        Assert.Equal((epoch + 1, heard + 1), (device.Far.Epoch, device.Far.Counters.PacketsReceived));
        GiveToServer(world, next, device.Far);
        Assert.Equal((epoch + 1, heard + 1), (device.Far.Epoch, device.Far.Counters.PacketsReceived));
        world.Net.Tap = null;
        device.Deliver(new byte[] { 2 });
    }

    [Fact]
    public void A_RESUME_whose_next_send_is_wrong_or_that_has_another_nonce_is_refused()
    {
        World world = new(102);
        Sleeper device = Start(world);
        byte[] keys = device.Save(600);
        EpochKeys old = new(0, Key(keys, Snapshot.SessionKey), Key(keys, Snapshot.ClientKey), Key(keys, Snapshot.ServerKey), null);
        uint number = Wire.ReadU32(keys, Snapshot.LastNumber + 4) + 65537;
        GiveToServer(world, Resume(old, device, number, number, 1), device.Far);
        GiveToServer(world, Resume(old, device, number - 65537, number - 65536, 1), device.Far);
        Assert.Equal(0, device.Far.Resumes);
        GiveToServer(world, Resume(old, device, number, number + 1, 1), device.Far);
        Assert.Equal(1, device.Far.Resumes);
        uint heard = device.Far.Counters.PacketsReceived;
        GiveToServer(world, Resume(old, device, number + 1, number + 2, 2), device.Far);
        Assert.Equal(heard, device.Far.Counters.PacketsReceived);
        Assert.Equal(1, device.Far.Resumes);
        GiveToServer(world, Resume(old, device, number + 1, number + 2, 1), device.Far);
        Assert.Equal(heard + 1, device.Far.Counters.PacketsReceived);
        Assert.Equal(1, device.Far.Epoch);
    }

    [Theory]
    [InlineData("_pending")]
    [InlineData("_previous")]
    public void A_RESUME_under_pending_or_previous_keys_discards_every_other_epoch(string which)
    {
        World world = new(103);
        Sleeper device = Start(world);
        world.Net.Tap = which == "_pending" ? new Tap(d => d.FromServer || device.Near.Epoch == 0) : null;
        device.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => device.Near.Epoch == 1 && (which == "_pending" || device.Far.Epoch == 1), 5000, "the rekey");
        EpochKeys keys = (EpochKeys)Field(device.Far, which)!;
        Assert.NotNull(keys);
        EpochKeys copy = new(keys.Epoch, (byte[])keys.SessionKey.Clone(), (byte[])keys.ClientKey.Clone(), (byte[])keys.ServerKey.Clone(), null);
        byte[] current = (byte[])(device.Far.Epochs.Current).ClientKey.Clone();
        uint number = (uint)device.Far.Space.Highest + 70000;
        GiveToServer(world, Resume(copy, device, number, number + 1, 7), device.Far);
        Assert.Equal(keys.Epoch + 1, device.Far.Epoch);
        Assert.Null(Field(device.Far, "_pending"));
        Assert.Null(Field(device.Far, "_previous"));
        foreach (byte[] spent in new[] { copy.ClientKey, copy.ServerKey, current })
        {
            Assert.False(Reachable.Holds(device.Far, spent));
        }

        Assert.True(Reachable.Holds(device.Far, copy.SessionKey));
    }

    [Fact]
    public void Spent_keys_are_gone_from_both_sides()
    {
        World world = new(104) { Core = new LedgerCore(104) };
        Sleeper device = Start(world, 1, 1);
        device.Deliver(new byte[] { 1 });
        Client before = device.Client;
        byte[] snapshot = device.Save(600);
        int[] places = { Snapshot.SessionKey, Snapshot.ClientKey, Snapshot.ServerKey, Snapshot.AuthenticationKey, Snapshot.MaskKey, Snapshot.HopKey, Snapshot.EmergencySecret };
        byte[][] keys = places.Select(place => Key(snapshot, place)).ToArray();
        Assert.All(keys, key => Assert.False(Reachable.Holds(before, key)));
        Assert.All(keys[..4], key => Assert.True(Reachable.Holds(device.Far, key)));
        world.Run(60000);
        device.WakeAndDeliver(snapshot, new byte[] { 2 });
        Assert.All(snapshot, b => Assert.Equal(0, b));
        Assert.All(keys[..4], key => Assert.False(Reachable.Holds(device.Near, key)));
        Assert.All(keys[..4], key => Assert.False(Reachable.Holds(device.Far, key)));
        Assert.All(keys[4..6], key => Assert.True(Reachable.Holds(device.Near, key)));
    }

    [Fact]
    public void What_a_snapshot_cannot_hold_is_waited_for()
    {
        World world = new(105);
        Sleeper device = Start(world);
        bool open = true;
        world.Net.Tap = new Tap(_ => open);
        Assert.True(device.Near.CanSave);

        // A message of its own that is not acknowledged.
        open = false;
        device.Near.BeginMessage(1, true);
        device.Near.AppendMessage(new byte[] { 1 }, 0, world.Now);
        world.Run(100);
        Assert.False(device.Near.CanSave);
        open = true;
        device.AwaitDelivery(new byte[] { 1 });

        // One received that the application has not taken.
        device.Far.BeginMessage(1, true);
        device.Far.AppendMessage(new byte[] { 2 }, 0, world.Now);
        world.Run(1000);
        Assert.False(device.Near.CanSave);
        Assert.NotNull(Link.Take(device.Near, world.Now));
        Assert.True(device.Near.CanSave);

        // One received in part.
        int fragments = 0;
        world.Net.Tap = new Tap(d => d.Bytes.Length < 1000 || ++fragments != 1);
        device.Far.BeginMessage(2 * DataPayload.FragmentSize, true);
        device.Far.AppendMessage(new byte[2 * DataPayload.FragmentSize], 0, world.Now);
        world.Run(50);
        Assert.Equal(2, fragments);
        Assert.False(device.Near.CanSave);
        world.Run(3000);
        Assert.NotNull(Link.Take(device.Near, world.Now));
        world.Run(100);
        Assert.True(device.Near.CanSave);

        // A rekey that either side asked for.
        foreach (Session asking in new[] { device.Near, device.Far })
        {
            open = false;
            world.Net.Tap = new Tap(d => open || d.FromServer == (asking == device.Far));
            int epoch = device.Near.Epoch;
            asking.Rekey(world.Now);
            world.Flush();
            world.Run(100);
            Assert.False(device.Near.CanSave);
            open = true;
            world.RunUntil(() => device.Near.Epoch == epoch + 1 && device.Near.CanSave, 5000, "the rekey");
        }

        // A peer that is not heard.
        open = false;
        world.Net.Tap = new Tap(_ => open);
        world.RunUntil(() => device.Near.State == SessionState.Recovering, 100000, "recovery");
        Assert.False(device.Near.CanSave);
        Assert.Null(device.Near.Save(world.Now, device.Host.UtcNow));
        Assert.False(device.Far.CanSave);
    }

    [Fact]
    public void A_snapshot_that_is_damaged_foreign_or_of_another_version_leads_to_a_new_session()
    {
        World world = new(106) { Core = new LedgerCore(106) };
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(3600);
        world.Run(1000);
        void Refused(byte[]? bytes, int code, ChannelOptions options, long utc)
        {
            Client client = new(world.Core, options, world.ServerHost.Address, bytes, world.Now, utc);
            Assert.False(client.Resumed);
            Assert.Equal(code, client.ResumeCode);
            Assert.Equal(ClientState.Calling, client.State);
            Assert.All(bytes ?? [], b => Assert.Equal(0, b));
        }

        long now = device.Host.UtcNow;
        for (int i = 0; i < snapshot.Length; i++)
        {
            byte[] altered = (byte[])snapshot.Clone();
            altered[i] ^= 1;
            Refused(altered, i == 0 ? ErrorCode.UnsupportedVersion : ErrorCode.AuthenticationFailed, Options(), now);
        }

        Refused(null, ErrorCode.SessionNotFound, Options(), now);
        Refused([], ErrorCode.SessionNotFound, Options(), now);
        Refused(snapshot[..^1], ErrorCode.AuthenticationFailed, Options(), now);
        Refused([.. snapshot, 0], ErrorCode.AuthenticationFailed, Options(), now);
        Refused((byte[])snapshot.Clone(), ErrorCode.TimestampInvalid, Options(), now + (3960 + 60) * 1000 + 1);
        ChannelOptions other = Options();
        other.Psk = new byte[32];
        Refused((byte[])snapshot.Clone(), ErrorCode.AuthenticationFailed, other, now);
        other = Options();
        other.PortCount--;
        Refused((byte[])snapshot.Clone(), ErrorCode.StateInvalid, other, now);
        device.WakeAndDeliver(snapshot, new byte[] { 1 });
    }

    [Fact]
    public void A_server_that_was_restarted_meanwhile_makes_a_new_session()
    {
        World world = new(107);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        world.Server.Abandon();
        world.Remove(world.ServerDriver);
        world.Run(300000);
        world.StartServer();
        device.Wake(snapshot, new byte[] { 1 });
        Assert.True(device.Client.Resumed);
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null && device.Client.State == ClientState.Connected, 30000, "a new session");
        Assert.False(device.Client.Resumed);
        Assert.Equal(ErrorCode.Timeout, device.Client.ResumeCode);
        device.Far = session!;
        device.AwaitDelivery(new byte[] { 1 });
        device.Deliver(new byte[] { 2 });
    }

    /// <summary>A listener without state takes no SYN from before its start; the saved session knows how far its clock is ahead of the device's.</summary>
    [Fact]
    public void A_device_whose_clock_lags_finds_a_listener_that_was_started_anew_while_it_slept()
    {
        World world = new(96);
        world.StartServer();
        MemoryTransport host = world.Net.Host(2);
        host.UtcBase -= 9000;
        ChannelOptions options = World.ClientOptions();
        options.DiscoveryPort = 0;
        Sleeper sleeper = new(world, options, host);
        sleeper.Deliver(new byte[] { 1 });
        byte[] snapshot = sleeper.Save(600);
        world.Run(60_000);
        world.Remove(world.ServerDriver);
        world.Server.Abandon();
        world.StartServer();
        sleeper.Wake(snapshot, new byte[] { 2 });
        world.RunUntil(() => sleeper.Client.State == ClientState.Connected && !sleeper.Client.Resumed, 4000, "the new session");
        Assert.Equal(1, sleeper.Client.Attempts);
    }

    [Fact]
    public void What_the_new_session_has_received_before_it_takes_a_lost_ones_place_is_kept()
    {
        World world = new(108);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        world.Server.Abandon();
        world.Remove(world.ServerDriver);
        world.Run(10000);
        world.StartServer();
        device.Wake(snapshot, new byte[] { 1 });

        // The answer to the confirmation is lost: a message is the first that the device hears.
        int messages = 0;
        world.Net.Tap = new Tap(d =>
        {
            bool message = d.FromServer && d.Bytes.Length == Packet.Overhead + DataPayload.HeaderSize + 1;
            messages += message ? 1 : 0;
            return !d.FromServer || message || messages != 0 || d.Bytes.Length == Packet.Overhead + SynAck.PublicKey + 64;
        });
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null, 30000, "a new session");
        session!.BeginMessage(1, true);
        session.AppendMessage(new byte[] { 7 }, 0, world.Now);
        world.Flush();
        byte[]? taken = null;
        world.RunUntil(() => device.Client.State == ClientState.Connected && (taken = Link.Take(device.Near, world.Now)) != null, 5000, "the message");
        Assert.Equal(new byte[] { 7 }, taken);
        device.Far = session;
        device.AwaitDelivery(new byte[] { 1 });
        world.RunUntil(() => session.AllAcknowledged, 5000, "the acknowledgment");
    }

    [Fact]
    public void Messages_of_a_saved_session_go_on_whatever_ends_it_before_it_is_back()
    {
        World world = new(109);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        world.Run(10000);
        bool silent = true;
        world.Net.Tap = new Tap(d => !d.FromServer || !silent);
        device.Wake(snapshot, new byte[] { 1 });
        world.RunUntil(() => device.Far.State == SessionState.Established, 1000, "RESUME");
        world.Run(50);
        Assert.Equal(new byte[] { 1 }, Link.Take(device.Far, world.Now));

        // The first packet that the device hears ends the session.
        Session saved = device.Near;
        silent = false;
        device.Far.Abort(ErrorCode.Terminated, world.Now);
        world.Flush();
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null && device.Client.State == ClientState.Connected, 30000, "a new session");
        Assert.Equal(SessionState.Ended, saved.State);
        Assert.False(device.Client.Resumed);
        Assert.Equal(ErrorCode.Terminated, device.Client.ResumeCode);
        Assert.Same(device.Near, saved.Successor);
        device.Far = session!;
        device.AwaitDelivery(new byte[] { 1 });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_saved_session_that_is_closed_before_it_is_back_is_followed_by_none(bool aborted)
    {
        World world = new(117);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        world.Net.Tap = new Tap(d => !d.FromServer);
        device.Wake(snapshot, new byte[] { 1 });
        world.Run(100);
        Session saved = device.Near;
        if (aborted)
        {
            saved.Abort(ErrorCode.StateInvalid, world.Now);
        }
        else
        {
            saved.Close(world.Now);
        }

        world.Flush();
        world.Run(30000);
        Assert.Same(saved, device.Client.Session);
        Assert.Equal(SessionState.Ended, saved.State);
        Assert.Equal(1, saved.LostMessages);
        Assert.Equal(0, device.Client.Attempts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_device_may_wake_at_another_address(int features)
    {
        World world = new(108);
        Sleeper device = Start(world, 1, features);
        byte[] snapshot = device.Save(600);
        world.Run(300000);
        device.Wake(snapshot, new byte[] { 1 }, world.Net.Host(7));
        device.AwaitDelivery(new byte[] { 1 });
        Assert.True(device.Client.Resumed);
        Assert.True(device.Far.Peer.SameAddress(device.Host.Address));
        device.Far.BeginMessage(1, true);
        device.Far.AppendMessage(new byte[] { 2 }, 0, world.Now);
        world.RunUntil(() => Link.Take(device.Near, world.Now) != null, 2000, "the way back");
    }

    /// <summary>A server may send three times what came from an address that has proven nothing: a device that has nothing to say proves it all the same.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(0, 2500)]
    [InlineData(2, 2500)]
    public void What_waits_for_a_silent_device_that_wakes_at_another_address_comes_at_once(int features, int lost)
    {
        for (uint seed = 1; seed <= 20; seed++)
        {
            World world = new(seed);
            Sleeper device = Start(world, 1, features);
            byte[] snapshot = device.Save(600);
            device.Far.BeginMessage(500, true);
            device.Far.AppendMessage(new byte[500], 0, world.Now);
            world.Run(300000);
            MemoryTransport host = world.Net.Host(7);
            long answered = long.MaxValue;
            world.Net.Tap = new Tap(d =>
            {
                answered = d.To.SameAddress(host.Address) ? Math.Min(answered, world.Now) : answered;
                return !d.From.SameAddress(host.Address) || world.Now < answered || world.Now >= answered + lost;
            });
            device.Wake(snapshot, null, host);
            world.RunUntil(() => Link.Take(device.Near, world.Now) != null, lost + 1500, $"what waits, seed {seed}");
            Assert.True(device.Client.Resumed);
        }
    }

    [Fact]
    public void An_address_that_has_acknowledged_nothing_gets_at_most_three_times_its_bytes()
    {
        World world = new(109);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        for (int i = 0; i < 20; i++)
        {
            device.Far.BeginMessage(500, true);
            device.Far.AppendMessage(new byte[500], 0, world.Now);
        }

        world.Run(60000);
        Captured? resume = null;
        Endpoint elsewhere = new();
        elsewhere.SetIPv4(new byte[] { 10, 9, 9, 9 }, 0);
        int bytes = 0;
        world.Net.Tap = new Tap(d =>
        {
            resume ??= d;
            bytes += d.To.SameAddress(elsewhere) ? d.Bytes.Length : 0;
            return false;
        });
        device.Wake(snapshot);
        world.Flush();
        elsewhere.Port = 4000;
        GiveToServer(world, new Captured(elsewhere, resume!.To, resume.Bytes, ResumeSize), device.Far);
        world.Run(60000);
        Assert.InRange(bytes, 1, 3 * ResumeSize);
    }

    [Fact]
    public void A_clock_that_was_lost_or_may_be_wrong_is_set_first()
    {
        foreach (long wrong in new[] { -1700000000000, -20000, 15000 })
        {
            World world = new(110);
            Sleeper device = Start(world, drift: 50000);
            byte[] snapshot = device.Save(600);
            world.Run(400000);
            device.Host.UtcBase += wrong;
            int sent = CountFrom(world, device.Host);
            device.WakeAndDeliver(snapshot, new byte[] { 1 });
            Assert.Equal(3, CountFrom(world, device.Host) - sent);
            Assert.InRange(device.Near.UtcNow(world.Now) - device.Far.UtcNow(world.Now), -20, 20);
        }
    }

    [Fact]
    public void Without_an_answer_to_its_question_a_device_goes_by_its_own_clock()
    {
        World world = new(111);
        Sleeper device = Start(world, drift: 50000);
        byte[] snapshot = device.Save(600);
        world.Run(400000);
        world.Net.Tap = new Tap(d => d.To.Port != 1025);
        device.WakeAndDeliver(snapshot, new byte[] { 1 });
    }

    [Fact]
    public void The_systems_clock_of_the_server_may_jump_by_an_hour_while_a_device_sleeps_and_that_of_either_side_while_it_is_awake()
    {
        World world = new(112);
        Sleeper device = Start(world);
        byte[] snapshot = device.Save(600);
        world.Run(60000);
        world.ServerHost.UtcBase += Hour;
        world.Run(300000);
        device.WakeAndDeliver(snapshot, new byte[] { 1 });
        device.Host.UtcBase -= Hour;
        world.Run(5000);
        device.Deliver(new byte[] { 2 });
        world.ServerHost.UtcBase -= 2 * Hour;
        world.Run(100000);
        device.Deliver(new byte[] { 3 });
        Assert.Equal(0u, device.Near.Counters.Retransmissions);

        // Its own clock, set while it is awake, has its new reading in the snapshot.
        snapshot = device.Save(600);
        world.Run(300000);
        device.WakeAndDeliver(snapshot, new byte[] { 4 });
    }

    [Fact]
    public void A_clock_off_by_almost_an_interval_still_finds_its_ports_and_the_answer_sets_it()
    {
        foreach (int off in new[] { -380, -200, 200, 380 })
        {
            World world = new(113);
            Sleeper device = Start(world);
            byte[] snapshot = device.Save(600);
            world.Run(300000);
            device.Host.UtcBase += off;
            int sent = CountFrom(world, device.Host);
            device.WakeAndDeliver(snapshot, new byte[] { 1 });
            Assert.Equal(2, CountFrom(world, device.Host) - sent);
            Assert.InRange(device.Near.UtcNow(world.Now) - device.Far.UtcNow(world.Now), -20, 20);
        }
    }

    [Fact]
    public void With_DIVERSIFIED_the_tag_key_of_CONTROL_and_MANAGEMENT_is_that_of_the_new_session_key()
    {
        World world = new(114);
        Sleeper device = Start(world, 1, 1);
        byte[] snapshot = device.Save(600);
        world.Run(60000);
        device.WakeAndDeliver(snapshot, new byte[] { 1 });
        EpochKeys keys = device.Far.Epochs.Current;
        Assert.Equal(Springtail.Keys.KeySchedule.RenewedAuthenticationKey(TestCore.Instance, keys.SessionKey), keys.AuthenticationKey);
        world.Run(70000);
        device.Near.Rekey(world.Now);
        world.RunUntil(() => device.Near.Rekeys == 1 && device.Far.Rekeys == 1, 5000, "the rekey");
        Assert.Equal(0u, device.Far.Counters.Drops(DropCause.BadTag));
    }

    private static byte[] Key(byte[] snapshot, int place) => snapshot[place..(place + 32)];

    private static object? Field(Session session, string name) => typeof(Epochs).GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(session.Epochs);

    // A RESUME made by hand.
    private static Captured Resume(EpochKeys keys, Sleeper device, uint number, uint nextSend, byte nonce)
    {
        byte[] packet = new byte[ResumeSize];
        Packet.WriteHeader(packet, keys.Epoch, PacketType.Management, ManagementSubtype.Resume, PacketFlags.Ack, device.Far.Id, number, 0, 0, ResumePayload.Size);
        Array.Fill(packet, nonce, Packet.HeaderSize, 16);
        Wire.WriteU32(packet, Packet.HeaderSize + ResumePayload.NextSend, nextSend);
        TestCore.Instance.SealPacket(packet, 0, packet.Length, Springtail.Crypto.PacketProtection.Clear, null!, keys.SessionKey, 0);
        TestCore.Instance.MaskPacket(packet, 0, packet.Length, device.Far.MaskKey);
        return new Captured(device.Host.Address, device.Host.Address, packet, packet.Length);
    }

    // At one of the session's ports, whatever the present window.
    private static void GiveToServer(World world, Captured datagram, Session session)
    {
        int[] ports = new int[4];
        session.GetPorts(ports);
        byte[] bytes = (byte[])datagram.Bytes.Clone();
        world.Server.Receive(bytes, bytes.Length, datagram.From, ports[1], world.Now, world.ServerHost.UtcNow);
    }

    private static ChannelOptions Options() => Options(1, 0, 100);

    private static ChannelOptions Options(int suite, int features, int drift)
    {
        ChannelOptions options = World.ClientOptions(features, suite);
        options.ClockDrift = drift;
        return options;
    }

    // The network's tap counts a host's datagrams.
    private static int CountFrom(World world, MemoryTransport host)
    {
        world.Net.Tap ??= new Sent();
        return ((Sent)world.Net.Tap).Of(host);
    }

    private static Sleeper Start(World world, int suite = 1, int features = 0, int drift = 100, MemoryTransport? host = null)
    {
        ChannelOptions server = World.ServerOptions();
        ChannelOptions options = Options(suite, features, drift);
        if (suite >= 4)
        {
            server.Token = options.Token = "apple-zebra";
            server.Suite = suite;
        }

        world.StartServer(server);
        return new Sleeper(world, options, host ?? world.Net.Host(2));
    }

    private sealed class Sent : IMemoryTap
    {
        private readonly Dictionary<int, int> _count = new();

        public int Of(MemoryTransport host) => _count.GetValueOrDefault(host.Address.Address[3]);

        public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
        {
            _count[from.Address[3]] = _count.GetValueOrDefault(from.Address[3]) + 1;
            return true;
        }
    }
}
