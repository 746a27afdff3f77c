using System;
using Springtail.Crypto;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>A server with an <see cref="IndexedDirectory"/>, which tells its driver which ports come and go.</summary>
internal class IndexedServer : Server, IPortChanges
{
    private readonly IndexedDirectory _directory;
    private int[] _rendezvous = Array.Empty<int>();
    private int _rendezvousVersion;

    public IndexedServer(ICryptoCore core, ChannelOptions options, long now, long utcNow)
        : this(core, options, new IndexedDirectory(options), now, utcNow)
    {
    }

    protected IndexedServer(ICryptoCore core, ChannelOptions options, IndexedDirectory directory, long now, long utcNow)
        : base(core, options, directory, now, utcNow)
    {
        _directory = directory;
        if (options.OpenDiscoveryPort != 0)
        {
            directory.Ports.Add(options.OpenDiscoveryPort);
        }
    }

    /// <summary>Ports that are wanted, each counted once.</summary>
    public int PortsWanted => _directory.Ports.Wanted;

    /// <inheritdoc/>
    public bool TakePortChange(out int port, out bool opens)
    {
        FollowRendezvous();
        return _directory.TakePortChange(out port, out opens);
    }

    /// <inheritdoc/>
    public override int GetPorts(int[] ports)
    {
        FollowRendezvous();
        return _directory.AddPorts(ports, 0);
    }

    private void FollowRendezvous()
    {
        if (_rendezvousVersion == RendezvousPorts.Version)
        {
            return;
        }

        _rendezvousVersion = RendezvousPorts.Version;
        int[] before = _rendezvous;
        _rendezvous = new int[RendezvousPorts.Count];
        for (int i = 0; i < _rendezvous.Length; i++)
        {
            _rendezvous[i] = RendezvousPorts.Port(i);
            _directory.Ports.Add(_rendezvous[i]);
        }

        foreach (int port in before)
        {
            _directory.Ports.Remove(port);
        }
    }
}
