#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using Springtail.Sessions;

namespace Springtail.Listening;

// Sessions that outlast the listener, where it has a state folder (PROTOCOL.md 14.2).
internal partial class Server
{
    private KeptSessions? _kept;
    private (long Now, long UtcNow)? _keepAt;

    /// <summary>Why sessions could not be kept; null where they could.</summary>
    public IOException? KeepFailure { get; private set; }

    /// <summary>Takes up the sessions that a listener before this one has kept: the application gets them at once, and their clients continue them.</summary>
    /// <exception cref="IOException">The state folder cannot be read.</exception>
    public void TakeUpKept(long now, long utcNow)
    {
        if (_options.KeepsSessions)
        {
            _kept = new KeptSessions(_options.State!.Path, _options.NameBytes);
            for (int place = 0; place < _psks.Length; place++)
            {
                TakeUpKept(place, now, utcNow);
            }
        }
    }

    /// <summary>The same for one key.</summary>
    /// <exception cref="IOException">The state folder cannot be read.</exception>
    public void TakeUpKept(int place, long now, long utcNow)
    {
        byte[] psk = _psks[place].Psk;
        int count = 0;
        foreach (byte[] kept in _kept?.Take(psk) ?? new())
        {
            if (count < _options.SessionsPerPsk && _admission.Established < _options.MaxSessions && Session.Revive(_core, _options, psk, kept, now, utcNow) is { } session)
            {
                count++;
                session.KeyIndex = place;
                Seat seat = new(session, place, now);
                _admission.Add(seat);
                _admission.Establish(seat, now);
                _sessions.Add(seat);
                Welcome(seat);
                Offer(seat);
            }

            Array.Clear(kept);
        }
    }

    /// <summary>Lets sessions come to a point where they can be kept. With the gates of those that run them held, or before they end.</summary>
    public virtual void PrepareToKeep()
    {
        foreach (Session session in AllSessions())
        {
            session.PrepareToKeep();
        }
    }

    /// <summary>True when all that may be kept can be.</summary>
    public virtual bool IsReadyToKeep => Array.TrueForAll(AllSessions(), s => !s.MayBeKept || s.IsReadyToKeep);

    /// <summary>Keeps the sessions when it is abandoned.</summary>
    public void KeepAtEnd(long now, long utcNow) => _keepAt = (now, utcNow);

    partial void KeepSessions()
    {
        if (_kept == null || _keepAt is not { } at)
        {
            return;
        }

        for (int place = 0; place < _psks.Length; place++)
        {
            // The oldest first, as they came.
            List<Seat> seats = _admission.SeatsOf(place).FindAll(s => s.Established && !s.Displaced && s.Session.MayBeKept && s.Session.IsReadyToKeep);
            seats.Reverse();
            if (seats.Count > 0)
            {
                try
                {
                    _kept.Put(_psks[place].Psk, seats.ConvertAll(s => s.Session.Keep(at.Now, at.UtcNow)));
                    seats.ForEach(s => s.Session.EndKept());
                }
                catch (IOException e)
                {
                    KeepFailure = e;
                }
            }
        }
    }
}
