#nullable enable
using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Keys;
using Springtail.Sessions;

namespace Springtail.Listening;

// Keys that come and go while the listener runs. Each has a place, which stands for it everywhere; the place of one that is taken away holds a random key
// that nobody knows, until the next one that is added gets it.
internal partial class Server
{
    private readonly Stack<int> _vacant = new();

    // Copies of the keys that were added, and the keys of vacant places: this server's to wipe.
    private readonly HashSet<byte[]> _added = new();

    /// <summary>The place of a PSK; -1 when it is none of this server's.</summary>
    public int PlaceOf(byte[] psk) => Array.FindIndex(_psks, k => CryptographicOperations.FixedTimeEquals(k.Psk, psk));

    /// <summary>Serves one more PSK, of which it takes a copy, from now on; returns its place.</summary>
    /// <exception cref="ArgumentException">With discovery there may be 256 at most.</exception>
    public int AddKey(byte[] psk)
    {
        if (!_vacant.TryPeek(out int place))
        {
            place = _psks.Length;
        }

        byte[] copy = CryptoCore.NewSecret(psk.Length);
        psk.CopyTo(copy, 0);
        Change(place, copy);
        _vacant.TryPop(out _);
        return place;
    }

    /// <summary>Serves the PSK of a place no more: its sessions end, and what of it is wiped is this server's own.</summary>
    public void RemoveKey(int place, long now)
    {
        byte[] random = CryptoCore.NewSecret(32);
        _core.Random(random, 0, random.Length);
        Change(place, random);
        _vacant.Push(place);
        foreach (Seat seat in _admission.SeatsOf(place))
        {
            seat.Displaced = true;
            seat.KeyIsGone = true;
            Displace(seat, now);
        }
    }

    partial void WipeAdded()
    {
        foreach (byte[] psk in _added)
        {
            CryptographicOperations.ZeroMemory(psk);
        }
    }

    // Puts another PSK in a place, or in a new one behind the last.
    private void Change(int place, byte[] psk)
    {
        PskKeys[] psks = new PskKeys[Math.Max(_psks.Length, place + 1)];
        _psks.CopyTo(psks, 0);
        psks[place] = new PskKeys(_core, psk, false, _options.NameBytes);
        (_discovery as Responder)?.Use(Array.ConvertAll(psks, k => k.Psk));
        PskKeys? before = place < _psks.Length ? _psks[place] : null;
        _psks = psks;
        _rendezvous.Change(psks, place);
        _admission.Grow(psks.Length);
        _reception.Change(psks);
        _clock.Change(psks);
        _added.Add(psk);
        before?.Wipe();
        if (before != null && _added.Remove(before.Psk))
        {
            CryptographicOperations.ZeroMemory(before.Psk);
        }
    }
}

internal sealed partial class RendezvousPorts
{
    /// <summary>Goes on with other PSKs, of which one place is new.</summary>
    public void Change(PskKeys[] psks, int changed)
    {
        _psks = psks;
        if (_ports.Length != psks.Length * _span)
        {
            Array.Resize(ref _ports, psks.Length * _span);
            MakeChains();
        }

        for (int k = 0; k < _span; k++)
        {
            _ports[changed * _span + k] = PortOf(changed, _interval + k - _options.RendezvousSpread);
        }

        Link();
        Version++;
    }
}

internal sealed partial class Admission
{
    /// <summary>Has room for so many PSKs.</summary>
    public void Grow(int psks)
    {
        Array.Resize(ref _budgets, psks);
        Array.Resize(ref _youngest, psks);
        Array.Resize(ref _begunOf, psks);
        Array.Resize(ref _halfOpenOf, psks);
        Array.Resize(ref _establishedOf, psks);
    }

    /// <summary>The sessions of a PSK that have not ended, half-open ones too.</summary>
    public List<Seat> SeatsOf(int psk)
    {
        List<Seat> seats = new();
        for (Seat seat = _youngest[psk]; seat != null; seat = seat.Older)
        {
            seats.Add(seat);
        }

        return seats;
    }
}

internal sealed partial class Reception
{
    /// <summary>Goes on with other PSKs.</summary>
    public void Change(PskKeys[] psks)
    {
        _psks = psks;
        _syns.Grow(_options.SynMemory, psks.Length);
    }
}

internal sealed partial class SynMemory
{
    /// <summary>Has room for so many PSKs, each of which gets its share of all places.</summary>
    public void Grow(int capacity, int psks)
    {
        Array.Resize(ref _countOf, psks);
        Array.Resize(ref _refusedOf, psks);
        _quota = Share(capacity, psks);
    }
}

internal sealed partial class ClockAnswers
{
    /// <summary>Goes on with other PSKs.</summary>
    public void Change(PskKeys[] psks)
    {
        _psks = psks;
        Array.Resize(ref _nonces, psks.Length);
        Array.Resize(ref _nonceCount, psks.Length);
        Array.Resize(ref _nextAt, psks.Length);
    }
}
