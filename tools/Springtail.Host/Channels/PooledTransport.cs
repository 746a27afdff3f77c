using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using Springtail.Packets;

namespace Springtail.Transport;

/// <summary>The sockets of one connecting channel, which are waited for by the system alone: it calls when one of them has something.</summary>
internal sealed class PooledTransport : IDatagramTransport
{
    private readonly SocketTransport _sockets;
    private readonly object _lock = new object();
    private readonly List<Watch> _watches = new List<Watch>();

    public PooledTransport(IPAddress address)
    {
        _sockets = new SocketTransport(address) { Opened = Add };
    }

    /// <summary>Called, on any thread and whatever it holds, when there may be a datagram.</summary>
    public Action Ready { get; set; }

    /// <summary>Called when there is one, on a thread of the pool that has nothing else to do.</summary>
    public Action Arrived { get; set; }

    /// <summary>The transport of the sockets, which does all but wait.</summary>
    public SocketTransport Sockets => _sockets;

    /// <summary>From now on <see cref="Ready"/> is called once for each socket that has something, or has it already.</summary>
    public void Arm()
    {
        bool ready = false;
        lock (_lock)
        {
            for (int i = _watches.Count - 1; i >= 0; i--)
            {
                if (_watches[i].IsClosed)
                {
                    _watches.RemoveAt(i);
                }
                else
                {
                    ready |= _watches[i].Arm();
                }
            }
        }

        if (ready)
        {
            Ready();
        }
    }

    public bool Open(int port) => _sockets.Open(port);

    public void Close(int port) => _sockets.Close(port);

    public void Send(int localPort, Endpoint to, byte[] buffer, int size) => _sockets.Send(localPort, to, buffer, size);

    public void Wait(int timeout) => _sockets.Wait(timeout);

    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout) => _sockets.Receive(buffer, from, out localPort, timeout);

    public void Wake() => Ready?.Invoke();

    public Endpoint Resolve(string host) => _sockets.Resolve(host);

    public void Dispose()
    {
        _sockets.Dispose();
        lock (_lock)
        {
            _watches.Clear();
        }
    }

    // A port that opens in the middle of a step is armed at its end.
    private void Add(Socket socket)
    {
        lock (_lock)
        {
            _watches.Add(new Watch(this, socket));
        }
    }

    // Waits at one socket for a first byte, which stays there.
    private sealed class Watch : SocketAsyncEventArgs
    {
        private readonly PooledTransport _transport;
        private readonly Socket _socket;
        private volatile bool _armed;

        public Watch(PooledTransport transport, Socket socket)
            : base(true)
        {
            _transport = transport;
            _socket = socket;
            SetBuffer(new byte[1], 0, 1);
        }

        public bool IsClosed => _socket.SafeHandle.IsClosed;

        /// <summary>True when it has something already.</summary>
        public bool Arm()
        {
            if (_armed)
            {
                return false;
            }

            try
            {
                _armed = true;
                SocketFlags = SocketFlags.Peek;
                if (_socket.ReceiveAsync(this))
                {
                    return false;
                }
            }
            catch (ObjectDisposedException)
            {
                _armed = false;
                return false;
            }

            _armed = false;
            return SocketError != SocketError.OperationAborted;
        }

        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            _armed = false;
            if (SocketError != SocketError.OperationAborted)
            {
                _transport.Arrived?.Invoke();
            }
        }
    }
}
