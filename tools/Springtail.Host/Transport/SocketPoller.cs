using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Springtail.Transport;

/// <summary>
/// Waits for any of many sockets to have something. One thread waits; sockets come and go on any.
/// </summary>
internal abstract class SocketPoller : IDisposable
{
    /// <summary>The best that the system has: what a wait takes does not depend on how many sockets there are on Linux (epoll(7)), elsewhere it does.</summary>
    public static SocketPoller Create() => EpollPoller.IsSupported ? new EpollPoller() : new SelectPoller();

    public abstract void Add(Socket socket);

    /// <summary>To be called before the socket is closed.</summary>
    public abstract void Remove(Socket socket);

    /// <summary>Adds to <paramref name="ready"/> the sockets that have something, once there is one or the time, in ms, is over.</summary>
    public abstract void Wait(int milliseconds, List<Socket> ready);

    public virtual void Dispose()
    {
    }
}

/// <summary>By <see cref="Socket.Select(System.Collections.IList, System.Collections.IList, System.Collections.IList, int)"/>.</summary>
internal sealed class SelectPoller : SocketPoller
{
    private readonly HashSet<Socket> _sockets = new HashSet<Socket>();
    private readonly List<Socket> _asked = new List<Socket>();

    public override void Add(Socket socket)
    {
        lock (_sockets)
        {
            _sockets.Add(socket);
        }
    }

    public override void Remove(Socket socket)
    {
        lock (_sockets)
        {
            _sockets.Remove(socket);
        }
    }

    public override void Wait(int milliseconds, List<Socket> ready)
    {
        _asked.Clear();
        lock (_sockets)
        {
            _asked.AddRange(_sockets);
        }

        try
        {
            Socket.Select(_asked, null, null, milliseconds * 1000);
            ready.AddRange(_asked);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A socket was closed meanwhile.
        }
    }
}

/// <summary>By epoll(7), on Linux.</summary>
internal sealed class EpollPoller : SocketPoller
{
    private const int MaxEvents = 256;
    private const int CloseOnExec = 0x80000;
    private const int Add_ = 1;
    private const int Delete = 2;
    private const uint Input = 1;

    // epoll_event: u32 events, u64 data; without a gap on x86-64, with one elsewhere.
    private static readonly int s_dataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_eventSize = s_dataAt + 8;

    private readonly int _handle;
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);
    private readonly Dictionary<int, Socket> _sockets = new Dictionary<int, Socket>();
    private bool _disposed;

    public EpollPoller()
    {
        _handle = epoll_create1(CloseOnExec);
        if (_handle < 0)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
    }

    public static bool IsSupported => OperatingSystem.IsLinux();

    public override void Add(Socket socket) => Change(socket, true);

    public override void Remove(Socket socket) => Change(socket, false);

    public override void Wait(int milliseconds, List<Socket> ready)
    {
        int count = epoll_wait(_handle, Marshal.UnsafeAddrOfPinnedArrayElement(_events, 0), MaxEvents, milliseconds);
        lock (_sockets)
        {
            for (int i = 0; i < count; i++)
            {
                if (_sockets.TryGetValue((int)BitConverter.ToInt64(_events, i * s_eventSize + s_dataAt), out Socket socket))
                {
                    ready.Add(socket);
                }
            }
        }
    }

    public override void Dispose()
    {
        lock (_sockets)
        {
            if (!_disposed)
            {
                _disposed = true;
                _sockets.Clear();
                _ = close(_handle);
            }
        }
    }

    private void Change(Socket socket, bool add)
    {
        int handle = (int)socket.Handle;
        Span<byte> change = stackalloc byte[16];
        BitConverter.TryWriteBytes(change, Input);
        BitConverter.TryWriteBytes(change.Slice(s_dataAt), (long)handle);
        lock (_sockets)
        {
            if (_disposed)
            {
                return;
            }

            if (add)
            {
                _sockets[handle] = socket;
            }
            else
            {
                _sockets.Remove(handle);
            }

            _ = epoll_ctl(_handle, add ? Add_ : Delete, handle, ref MemoryMarshal.GetReference(change));
        }
    }

#pragma warning disable IDE1006, SA1300 // the C names
    [DllImport("libc")]
    private static extern int epoll_create1(int flags);

    [DllImport("libc")]
    private static extern int epoll_ctl(int handle, int operation, int socket, ref byte change);

    [DllImport("libc")]
    private static extern int epoll_wait(int handle, nint events, int count, int milliseconds);

    [DllImport("libc")]
    private static extern int close(int handle);
#pragma warning restore IDE1006, SA1300
}
