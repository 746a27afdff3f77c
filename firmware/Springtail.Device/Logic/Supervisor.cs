#nullable disable
using System;
using System.Text;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Device;

/// <summary>
/// The application: joins, gets the time, connects, sends a reading every few seconds and writes what comes back; and begins again, for
/// ever, whatever fails. What it does at each failure stands in README.md. One thread; a channel has a second of its own.
/// </summary>
public sealed class Supervisor
{
    // Times in ms.
    private const int SettingsPause = 30000;
    private const int TimeServerPatience = 15000;
    private const int ListenerClockPatience = 10000;
    private const int StableSession = 60000;
    private const int NetworkLook = 5000;

    // A session ends by itself when nothing is heard for two minutes or five heartbeats; one that has not after a minute more has lost its thread.
    private const int Silence = 120000;
    private const int SilenceSpans = 5;
    private const int SilenceGrace = 60000;

    private const int Slice = 1000;

    // Handshakes without an answer, one after the other, from which on the device's clock is doubted.
    private const int DoubtAfter = 2;

    // From this on a clock that was doubted is said to have been wrong, in ms.
    private const long ClockTolerance = 5000;

    // How long a wake waits for the acknowledgment of its reading and the answer to its sleep.
    private const int SleepPatience = 20000;

    private const int LargestMessage = 1024;
    private const int ShownMessage = 200;

    private readonly IBoard _board;
    private readonly DeviceClock _clock;
    private readonly Backoff _backoff;
    private readonly byte[] _buffer = new byte[LargestMessage];
    private readonly char[] _shown = new char[ShownMessage];

    private Settings _settings;
    private DeviceState _state = DeviceState.Waiting;
    private byte[] _snapshot;
    private bool _clockIsListeners;
    private int _unanswered;
    private uint _readings;

    public Supervisor(IBoard board)
    {
        _board = board;
        _clock = new DeviceClock(board);
        _backoff = new Backoff((uint)(board.Now & 0x7FFFFFFF) + (uint)(board.SystemUtc & 0x7FFFFFFF));
    }

    /// <summary>Sockets of all channels so far: what is open, and the most that ever were.</summary>
    public SocketCount Sockets { get; } = new SocketCount();

    /// <summary>How many sessions there were.</summary>
    public int SessionCount { get; private set; }

    /// <summary>Runs for ever; what it throws is a fault, of this program or of the platform.</summary>
    public void Run()
    {
        ReadSettings();
        byte[] saved = _board.Snapshots.Take();
        if (_settings.Sleep == 0 && saved != null)
        {
            // From when it still slept.
            Array.Clear(saved, 0, saved.Length);
            saved = null;
        }

        while (true)
        {
            if (GetOnline() && (saved != null || GetTime()) && Connect(saved) && _settings.Sleep != 0)
            {
                Sleep();
            }

            saved = null;
            Pause();
        }
    }

    private void ReadSettings()
    {
        while (true)
        {
            Problems problems = new Problems();
            _settings = SettingsReader.Read(_board, problems);
            if (problems.Count == 0)
            {
                _board.Log("settings: " + _settings.Host + (_settings.Sleep == 0 ? ", a reading every " + _settings.Interval.ToString() + " s" : ", deep sleep of " + _settings.Sleep.ToString() + " s after each reading"));
                return;
            }

            Enter(DeviceState.SettingsWrong);
            for (int i = 0; i < problems.Count; i++)
            {
                _board.Log("error: " + problems[i]);
            }

            _board.Sleep(SettingsPause);
        }
    }

    private bool GetOnline()
    {
        if (_board.IsOnline)
        {
            return true;
        }

        Enter(DeviceState.Joining);
        string trouble = _board.Join();
        if (trouble != null)
        {
            _board.Log("error: " + trouble);
        }

        return trouble == null;
    }

    private bool GetTime()
    {
        bool doubted = _unanswered >= DoubtAfter;
        if (!doubted)
        {
            if (_clockIsListeners || TakeSystemTime())
            {
                return true;
            }

            Enter(DeviceState.GettingTime);
            if (WaitForTimeServer())
            {
                return true;
            }
        }

        if (_settings.DiscoveryPort != 0)
        {
            Enter(DeviceState.GettingTime);
            if (AskListener(doubted))
            {
                return true;
            }
        }

        // A clock that was doubted may be right, and the listener merely away.
        _clockIsListeners = false;
        if (TakeSystemTime())
        {
            return true;
        }

        _board.Log("error: no time: " + (_settings.TimeServer == null ? "no time server is set" : _settings.TimeServer + " did not answer") + ", and "
            + (_settings.DiscoveryPort == 0 ? "no discovery-port is set." : "neither did " + _settings.Host + ": is \"springtail listen\" running there, with this PSK?"));
        return false;
    }

    private bool TakeSystemTime()
    {
        long utc = _board.SystemUtc;
        if (utc < DeviceClock.Earliest)
        {
            return false;
        }

        _clock.Set(utc);
        return true;
    }

    private bool WaitForTimeServer()
    {
        if (_settings.TimeServer == null)
        {
            return false;
        }

        _board.AskTimeServer(_settings.TimeServer);
        long end = _board.Now + TimeServerPatience;
        while (_board.Now < end)
        {
            if (TakeSystemTime())
            {
                _board.Log("time: from " + _settings.TimeServer);
                return true;
            }

            _board.Sleep(Slice / 2);
        }

        return false;
    }

    private bool AskListener(bool doubted)
    {
        CountedTransport transport = null;
        try
        {
            transport = new CountedTransport(_board.OpenTransport(), Sockets);
            long utc = Channel.AskClock(_settings.Host, Options(transport), ListenerClockPatience);
            long off = utc - _clock.UtcNow;
            if (doubted && (off > ClockTolerance || off < -ClockTolerance))
            {
                _board.Log("time: this device's clock is " + (off / 1000).ToString() + " s off; the listener's is taken");
            }
            else
            {
                _board.Log("time: from the listener");
            }

            _clock.Set(utc);
            _clockIsListeners = true;
            _unanswered = 0;
            return true;
        }
        catch (SpringtailException e)
        {
            _board.Log("time: " + e.Message);
            return false;
        }
        finally
        {
            if (transport != null)
            {
                transport.Dispose();
            }
        }
    }

    // True when there was a session.
    private bool Connect(byte[] saved)
    {
        Enter(DeviceState.Connecting);
        CountedTransport transport = null;
        Channel channel = null;
        try
        {
            transport = new CountedTransport(_board.OpenTransport(), Sockets);
            try
            {
                if (saved == null)
                {
                    channel = Channel.Connect(_settings.Host, Options(transport));
                }
                else
                {
                    // The clock that went on in deep sleep; it may never have been set.
                    _clock.Set(_board.SystemUtc);
                    channel = Channel.Resume(_settings.Host, Options(transport), saved, Reading());
                }
            }
            catch (SpringtailException e)
            {
                _unanswered += e.Code == ErrorCode.Timeout ? 1 : 0;
                _board.Log("error: " + _settings.Host + ": " + e.Message);
                return false;
            }
            catch (NotSupportedException e)
            {
                // A suite that this firmware should not take.
                _board.Log("error: " + (e.Message == null ? "this firmware cannot open sockets." : e.Message));
                return false;
            }

            _unanswered = 0;
            SessionCount++;
            long begun = _board.Now;
            if (_settings.Sleep == 0)
            {
                Talk(channel);
            }
            else
            {
                TalkOnce(channel, saved != null);
            }

            if (_board.Now - begun >= StableSession)
            {
                _backoff.Reset();
            }

            return true;
        }
        finally
        {
            if (channel != null)
            {
                channel.Dispose();
            }

            if (transport != null)
            {
                transport.Dispose();
            }
        }
    }

    private void Talk(Channel channel)
    {
        Enter(DeviceState.Connected);
        SayConnected(channel);
        long nextReading = _board.Now;
        long nextLook = _board.Now + NetworkLook;
        long heardAt = _board.Now;
        uint heard = 0;
        int spans = _settings.Keepalive * 1000 * SilenceSpans;
        int patience = (spans > Silence ? spans : Silence) + SilenceGrace;
        int size;
        do
        {
            long now = _board.Now;
            if (now >= nextReading)
            {
                nextReading = now + _settings.Interval * 1000;
                SendReading(channel);
            }

            if (now >= nextLook)
            {
                nextLook = now + NetworkLook;
                Enter(_board.IsOnline ? DeviceState.Connected : DeviceState.Offline);
                if (heard != channel.Session.Counters.PacketsReceived)
                {
                    heard = channel.Session.Counters.PacketsReceived;
                    heardAt = now;
                }
                else if (now - heardAt > patience)
                {
                    _board.Log("fault: the session neither hears anything nor ends; it is given up");
                    return;
                }
            }

            long wait = nextReading < nextLook ? nextReading - now : nextLook - now;
            size = channel.Receive(_buffer, wait > 0 ? (int)wait : 0);
            if (size >= 0)
            {
                _board.Log("received: " + Shown(size));
            }
            else if (size == Channel.Renewed)
            {
                _board.Log("renewed: the session goes on under new keys; " + channel.LostMessages.ToString() + " readings so far may not have arrived");
            }
        }
        while (size != Channel.Ended);

        SayEnded(channel);
    }

    // A method that receives holds no session: on the device a local keeps what it was set to until its method returns, and a renewal puts another in its place.
    private void SayConnected(Channel channel)
    {
        Session session = channel.Session;
        _board.Log("connected: " + _settings.Host + ", suite " + session.Suite.ToString() + ", round trip " + session.RoundTripTime.ToString() + " ms");
    }

    private void SayEnded(Channel channel)
    {
        Session session = channel.Session;
        _board.Log("ended: " + Cause(session) + "; packets " + session.Counters.PacketsSent.ToString() + " out, " + session.Counters.PacketsReceived.ToString()
            + " in, sent again " + session.Counters.Retransmissions.ToString() + ", dropped " + session.Counters.DropsInAll.ToString());
    }

    // One reading, and what the listener has to say; then the session is saved for the next wake.
    private void TalkOnce(Channel channel, bool resumed)
    {
        Enter(DeviceState.Connected);
        if (channel.Resumed)
        {
            _board.Log("resumed: " + _settings.Host + ", epoch " + channel.Session.Epoch.ToString());
        }
        else
        {
            _board.Log("connected: " + _settings.Host + ", suite " + channel.Session.Suite.ToString()
                + (channel.ResumeCode == 0 ? "" : "; the saved session is lost, error code " + channel.ResumeCode.ToString()));
        }

        // A resume has taken the reading with it, into whichever session came of it.
        if (!resumed)
        {
            SendReading(channel);
        }

        // From here on by the clock that goes on in deep sleep; the session itself has its own.
        _clock.Set(_board.SystemUtc);
        _clockIsListeners = false;
        long end = _board.Now + SleepPatience;
        int size = 0;
        while (_snapshot == null && size != Channel.Ended && _board.Now < end)
        {
            size = channel.Receive(_buffer, 0);
            if (size >= 0)
            {
                _board.Log("received: " + Shown(size));
            }
            else if (size == Channel.Nothing)
            {
                _snapshot = channel.Snapshot(_settings.Sleep, (int)(end - _board.Now));
            }
        }

        if (_snapshot == null)
        {
            _board.Log("error: the session could not be saved: " + (channel.IsOpen ? "the listener does not answer" : Cause(channel.Session)));
        }
    }

    private void Sleep()
    {
        if (_snapshot != null)
        {
            _board.Snapshots.Put(_snapshot);
            Array.Clear(_snapshot, 0, _snapshot.Length);
            _snapshot = null;
        }

        Enter(DeviceState.Asleep);
        _board.Log("asleep for " + _settings.Sleep.ToString() + " s");
        _board.DeepSleep(_settings.Sleep);
    }

    // A reading that has no room is left out, so that this thread never waits for the network.
    private void SendReading(Channel channel)
    {
        byte[] reading = Reading();
        if (!channel.IsOpen || channel.Session.SendRoom < 1)
        {
            _board.Log("reading " + _readings.ToString() + " left out: earlier ones are not acknowledged");
            return;
        }

        try
        {
            channel.Send(reading);
        }
        catch (SpringtailException e)
        {
            // It has ended meanwhile, and Receive will say so.
            _board.Log("reading " + _readings.ToString() + " not sent: " + e.Message);
        }
    }

    private byte[] Reading()
    {
        _readings++;
        return Encoding.UTF8.GetBytes(
            _settings.IsJson
                ? "{\"name\":\"" + Escaped(_settings.Name) + "\"," + _board.MeasureJson() + "}"
                : _settings.Name + " " + _readings.ToString() + ": " + _board.Measure());
    }

    // As RFC 8259, section 7, has it for what a name may hold, which is printable ASCII.
    private static string Escaped(string text)
    {
        string escaped = "";
        for (int i = 0; i < text.Length; i++)
        {
            escaped += text[i] == '"' || text[i] == '\\' ? "\\" + text[i].ToString() : text[i].ToString();
        }

        return escaped;
    }

    private static string Cause(Session session)
    {
        if (session.PeerClosed)
        {
            return "the peer closed";
        }

        return session.EndCode == ErrorCode.Timeout ? "nothing was heard for too long" : "error code " + session.EndCode.ToString();
    }

    private void Pause()
    {
        int wait = _backoff.Next();
        bool offline = !_board.IsOnline;
        Enter(DeviceState.Waiting);
        _board.Log("waiting: " + ((wait + 999) / 1000).ToString() + " s");
        while (wait > 0)
        {
            int slice = wait < Slice ? wait : Slice;
            _board.Sleep(slice);
            wait -= slice;
            if (offline && _board.IsOnline)
            {
                // The network came back: that was worth waiting for.
                return;
            }
        }
    }

    private ChannelOptions Options(CountedTransport transport)
    {
        return new ChannelOptions
        {
            Psk = _settings.Psk,
            Suite = _settings.Suite,
            AllowSlowSuites = _settings.AllowSlowSuites,
            Features = _settings.Features,
            PortMin = _settings.PortMin,
            PortCount = _settings.PortCount,
            RendezvousPort = _settings.RendezvousPort,
            DiscoveryPort = _settings.DiscoveryPort,
            Keepalive = _settings.Keepalive,
            MaxMessageSize = LargestMessage,
            Transport = transport,
            Clock = _clock,
        };
    }

    private void Enter(DeviceState state)
    {
        if (state != _state)
        {
            _state = state;
            _board.Show(state);
        }
    }

    // A message may hold anything: what is no printable ASCII is shown as a dot, and its end is cut off.
    private string Shown(int size)
    {
        int count = size < ShownMessage ? size : ShownMessage;
        for (int i = 0; i < count; i++)
        {
            byte b = _buffer[i];
            _shown[i] = b >= 0x20 && b <= 0x7E ? (char)b : '.';
        }

        return new string(_shown, 0, count) + (size > count ? "... (" + size.ToString() + " bytes)" : "");
    }
}
