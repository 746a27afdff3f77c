#nullable enable
using System;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>
/// Where a client's attempts go: the addresses of the listener's name in turn (RFC 8305, 4), looked up anew for each attempt and while one lasts, also for those
/// beside a session that is in recovery. While there are addresses that were not tried yet, an attempt does not last long, and none goes on to one that the name
/// no longer has.
/// </summary>
internal sealed class ServerAddresses
{
    // While no listener answers, the name is looked up again after this time, in ms.
    internal const int LookUpInterval = 3000;

    private readonly string _host;
    private readonly ChannelOptions _options;
    private readonly SocketTransport _sockets;
    private readonly ChannelEngine _engine;
    private readonly Client _client;
    private Endpoint[] _addresses;
    private int _attempts;
    private bool _isLookingUp;
    private long _lookedUpAt;

    /// <param name="host">The name.</param>
    /// <param name="options">The connection's.</param>
    /// <param name="addresses">What it was found to have; the client has begun with the first. Null when they are to be looked up now.</param>
    /// <param name="sockets">What is to reach them.</param>
    /// <param name="engine">Guards the client.</param>
    /// <param name="client">Makes the attempts.</param>
    public ServerAddresses(string host, ChannelOptions options, Endpoint[]? addresses, SocketTransport sockets, ChannelEngine engine, Client client)
    {
        _host = host;
        _options = options;
        _addresses = addresses ?? Array.Empty<Endpoint>();
        _sockets = sockets;
        _engine = engine;
        _client = client;
        _attempts = client.Attempts;
        _lookedUpAt = engine.Clock.Now;
        SetNext();
        if (addresses == null)
        {
            LookUp();
        }
    }

    /// <summary>Called with the gate held after each step of the engine.</summary>
    public void Look()
    {
        if (_client.Attempts != _attempts)
        {
            _attempts = _client.Attempts;
            SetNext();
            LookUp();
        }
        else if (_client.Session is null or { State: SessionState.Recovering } && _engine.Clock.Now - _lookedUpAt > LookUpInterval)
        {
            LookUp();
        }
    }

    private void SetNext()
    {
        if (_addresses.Length == 0)
        {
            return;
        }

        _client.NextServer = _addresses[_attempts % _addresses.Length];
        if (_attempts < _addresses.Length)
        {
            _client.Hurry();
        }
    }

    private void LookUp()
    {
        if (!_isLookingUp && !IPAddress.TryParse(_host, out _))
        {
            _isLookingUp = true;
            _lookedUpAt = _engine.Clock.Now;
            _ = Task.Run(LookUpAsync);
        }
    }

    private async Task LookUpAsync()
    {
        Endpoint[]? addresses = null;
        try
        {
            addresses = await HostAddresses.LookUpAsync(_host, _options, _sockets, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SpringtailException)
        {
            // The name is not known just now: the addresses that it had will have to do.
        }

        lock (_engine.Gate)
        {
            _isLookingUp = false;
            if (addresses != null)
            {
                _addresses = addresses;
                SetNext();
                if (!Array.Exists(addresses, _client.GoesTo))
                {
                    _client.Leave();
                }
            }
        }
    }
}
