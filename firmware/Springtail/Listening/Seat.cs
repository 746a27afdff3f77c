using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>A session of a listener, and what the listener knows of it.</summary>
internal sealed class Seat : ISessionOwner
{
    private Session _session;

    public Seat(Session session, int psk, long since)
    {
        Session = session;
        Psk = psk;
        Since = since;
    }

    /// <summary>The session; an emergency replaces it.</summary>
    public Session Session
    {
        get => _session;
        set
        {
            _session = value;
            value.Owner = this;
        }
    }

    /// <summary>Is told when the session's ports or deadline change; null when there is none.</summary>
    public ISeatKeeper Keeper;

    /// <summary>The emergency under way; null for none.</summary>
    public EmergencyResponse Emergency;

    /// <summary>utc_ms of the last EMERGENCY_REQUEST that was accepted.</summary>
    public long EmergencyUtc;

    /// <summary>The place of its PSK.</summary>
    public readonly int Psk;

    /// <summary>The SYN that it was made from, as long as the session may have to answer copies of it.</summary>
    public SynEntry Syn;

    /// <summary>When it was established, or before that when it began, in ms of the monotonic clock.</summary>
    public long Since;

    /// <summary>It was established once.</summary>
    public bool Established;

    /// <summary>The application has accepted it.</summary>
    public bool Accepted;

    /// <summary>It has to end, since another took its place.</summary>
    public bool Displaced;

    /// <summary>It has to end, since its PSK is no longer served.</summary>
    public bool KeyIsGone;

    /// <summary>The server knows that it has ended.</summary>
    public bool Ended;

    /// <summary>It is no longer in the directory.</summary>
    public bool Gone;

    // Of Admission: the seats of one PSK, by age; and of Server: those that wait for the application.
    public Seat Older;
    public Seat Younger;
    public Seat NextToAccept;

    /// <summary>Its ports have changed for a reason that <see cref="PortsVersion"/> does not show; set until its directory has noticed.</summary>
    public bool PortsChanged;

    /// <summary>What its directory keeps of it.</summary>
    public object Place { get; set; }

    /// <summary>Ended, and accepted by the application before: a session that was established may still hold messages for it.</summary>
    public bool CanGo => Session.State == SessionState.Ended && (Accepted || !Established);

    /// <summary>When it must be polled at the latest, in ms of the monotonic clock.</summary>
    public long Deadline
    {
        get
        {
            if (CanGo)
            {
                return long.MinValue;
            }

            long deadline = Session.Deadline;
            return Emergency != null && Emergency.Deadline < deadline ? Emergency.Deadline : deadline;
        }
    }

    /// <summary>Changes with the answer of <see cref="AddPorts"/>, as long as session and emergency are the same ones.</summary>
    public int PortsVersion => Session.PortsVersion + (Emergency == null ? 0 : Emergency.PortsVersion);

    /// <inheritdoc/>
    public void Touch(Session session) => Keeper?.Touch(this);

    /// <summary>Adds the ports that it wants open to the first <paramref name="count"/> of <paramref name="ports"/>; returns the count of all, also of those that find no room.</summary>
    public int AddPorts(int[] ports, int count)
    {
        count = Session.AddPorts(ports, count);
        return Emergency == null ? count : Emergency.AddPorts(ports, count);
    }
}
