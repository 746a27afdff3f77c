using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using static Springtail.Gateway.StoreFile;

namespace Springtail.Gateway;

/// <summary>A message on disk.</summary>
/// <param name="Id">Its place; later ones have larger ones.</param>
/// <param name="Device">Whose.</param>
/// <param name="Payload">Its bytes.</param>
/// <param name="Expires">Of a message down: when it is dropped, in ms since 1970; 0 for never.</param>
internal sealed record StoredMessage(long Id, string Device, byte[] Payload, long Expires);

/// <summary>
/// What waits, on disk: messages up, until the broker has them, and messages down, until the device has them. One thread writes, in commits of what came
/// within <see cref="BatchTime"/>; what is told to be stored survives the end of the process and, where the disk keeps its word, of the machine.
/// </summary>
internal sealed partial class Store : IDisposable
{
    /// <summary>A commit waits for others for this long at most, in ms.</summary>
    public const int BatchTime = 5;

    // What is to be deleted waits for so long, in ms, for a commit of what comes: a crash in between brings some messages to the broker a second time.
    private const int DeleteTime = 100;

    private const int BatchSize = 2000;
    private const int FullPause = 500;

    // While there is no room for the reserve it is tried anew after this time, in ms.
    private const int ReserveTime = 1000;

    // Deletions in one commit at most where there is hardly any room: a few hundred KiB of the log.
    private const int DeleteStep = 64;

    // What may wait in memory to be stored, of all devices together, in bytes: above it no device's next message is accepted.
    private const long MemoryLimit = 64 << 20;

    private readonly ILogger<Store> _logger;
    private readonly long _limit;
    private readonly Reserve _reserve;
    private readonly Shares _shares = new();
    private readonly SqliteConnection _writer;
    private readonly SqliteConnection _reader;
    private readonly SqliteCommand _insertUp;
    private readonly SqliteCommand _insertDown;
    private readonly SqliteCommand _delete;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly Queue<Work> _works = new();
    private readonly Queue<long> _doneUp = new();
    private readonly Queue<long> _doneDown = new();
    private readonly List<TaskCompletionSource> _roomWaiters = [];
    private readonly List<TaskCompletionSource> _flushed = [];
    private long _memory;
    private bool _stopped;

    // How large the file may be now, in bytes: as much as it is while there is no room for the reserve; of the thread that writes.
    private long _mayHave;

    // Messages on disk; of the thread that writes.
    private long _up;
    private long _down;

    // The size up to which what was in the log is in the database's file for sure, in bytes, and when the reserve was last tried.
    private long _settled;
    private long _reserveTriedAt;

    /// <summary>Opens the store of a folder; one that is damaged is set aside, and what is whole of it taken over.</summary>
    /// <param name="path">The database's file.</param>
    /// <param name="limit">How large it may grow, in bytes.</param>
    /// <param name="logger">Where it says what happened.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public Store(string path, long limit, ILogger<Store> logger)
    {
        _logger = logger;
        _limit = limit;
        _reserve = new Reserve(path + ".reserve", limit);
        try
        {
            (_writer, _reader) = OpenWithRoom(path);
            _insertUp = Command(_writer, "INSERT INTO up(device, payload, mark) VALUES($device, $payload, $mark) RETURNING id", "$device", "$payload", "$mark");
            _insertDown = Command(_writer, "INSERT INTO down(device, payload, mark, expires) VALUES($device, $payload, $mark, $expires) RETURNING id", "$device", "$payload", "$mark", "$expires");
            _delete = Command(_writer, "DELETE FROM up WHERE id = $id", "$id");
            Identity = ReadIdentity();
            LastUp = Scalar(_reader, "SELECT COALESCE(MAX(id), 0) FROM up");
            _up = Scalar(_reader, "SELECT COUNT(*) FROM up");
            _down = Scalar(_reader, "SELECT COUNT(*) FROM down");
            ReadShares();
            _settled = SizeOf(_writer);
            if (!TryTakeReserve())
            {
                Full("there is no room for the reserve that deletions may need");
            }

            NoteRoom([]);
        }
        catch (SqliteException e)
        {
            throw new IOException($"The store {path} cannot be opened: {e.Message}", e);
        }

        _thread = new Thread(Write) { IsBackground = true, Name = "Springtail store" };
        _thread.Start();
    }

    /// <summary>Says of which store a message's id is: 16 hex digits.</summary>
    public string Identity { get; }

    /// <summary>The id of the last message up that was committed.</summary>
    public long LastUp { get; private set; }

    /// <summary>The disk, or the limit, takes no more: devices wait.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Messages up that were stored since the start.</summary>
    public long Stored { get; private set; }

    /// <summary>Commits since the start.</summary>
    public long Commits { get; private set; }

    /// <summary>Called with the messages up of each commit, in order, by the thread that writes.</summary>
    public Action<IReadOnlyList<StoredMessage>>? Committed { get; set; }

    /// <summary>Called after the messages of a commit were told of, by the thread that writes.</summary>
    public Action? BatchDone { get; set; }

    /// <summary>Messages up that wait for the broker.</summary>
    public long WaitingUp => Volatile.Read(ref _up);

    /// <summary>Messages down that wait for devices.</summary>
    public long WaitingDown => Volatile.Read(ref _down);

    /// <summary>Stores a message up. <paramref name="stored"/> is called once it is on disk. Completes when there is room for another.</summary>
    public Task AddUpAsync(string device, byte[] payload, Action stored)
    {
        _shares.Add(device, payload.Length);
        return Add(new Work(device, payload, 0, false, stored));
    }

    /// <summary>So much of a device waits that its next message up has to wait as well, so that there is room for those of others.</summary>
    public bool MustWait(string device) => _shares.IsUsedUp(device);

    /// <summary>So much waits for a device that no more is taken for it, so that there is room for others.</summary>
    public bool HasNoRoomFor(string device) => _shares.IsUsedUp(Topics.Down(device));

    /// <summary>Stores a message down.</summary>
    public async Task<StoredMessage> AddDownAsync(string device, byte[] payload, long expires)
    {
        _shares.Add(Topics.Down(device), payload.Length);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Work work = new(device, payload, expires, true, done.SetResult);
        await Add(work);
        await done.Task;
        return new StoredMessage(work.Id, device, payload, expires);
    }

    /// <summary>The broker has a message up: it is deleted, soon.</summary>
    public void RemoveUp(long id) => Enqueue(_doneUp, id);

    /// <summary>A message down is with its device, or has expired: it is deleted, soon.</summary>
    public void RemoveDown(long id) => Enqueue(_doneDown, id);

    /// <summary>Completes once what was to be removed before is gone from the disk.</summary>
    public Task FlushAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(_flushed, done);
        return done.Task;
    }

    /// <summary>Messages up after one, in order, at most so many.</summary>
    public List<StoredMessage> ReadUp(long after, int most) =>
        Whole(Locked(() => Read(_reader, "SELECT id, device, payload, 0, mark FROM up WHERE id > $after ORDER BY id LIMIT $most", ("$after", after), ("$most", most))), RemoveUp);

    /// <summary>A device's messages down, in order, at most so many.</summary>
    public List<StoredMessage> ReadDown(string device, int most) =>
        Whole(Locked(() => Read(_reader, "SELECT id, device, payload, expires, mark FROM down WHERE device = $device ORDER BY id LIMIT $most", ("$device", device), ("$most", most))), RemoveDown);

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        _insertUp.Dispose();
        _insertDown.Dispose();
        _delete.Dispose();
        _reader.Dispose();
        _writer.Dispose();
    }

    private Task Add(Work work)
    {
        lock (_gate)
        {
            _works.Enqueue(work);
            _memory += MemoryOf(work);
            Monitor.PulseAll(_gate);
            if (_memory < MemoryLimit)
            {
                return Task.CompletedTask;
            }

            TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _roomWaiters.Add(room);
            return room.Task;
        }
    }

    private void Enqueue<T>(Queue<T> queue, T item)
    {
        lock (_gate)
        {
            // The writer takes all at once: a caller that finds something there need not wake it.
            queue.Enqueue(item);
            if (queue.Count is 1 or BatchSize)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Enqueue<T>(List<T> list, T item)
    {
        lock (_gate)
        {
            list.Add(item);
            Monitor.PulseAll(_gate);
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_reader)
        {
            return read();
        }
    }

    private void Write()
    {
        List<Work> batch = [];
        int most = BatchSize;
        while (true)
        {
            lock (_gate)
            {
                while (!_stopped && batch.Count == 0 && _works.Count == 0 && _doneUp.Count + _doneDown.Count + _flushed.Count == 0)
                {
                    if (!Monitor.Wait(_gate, _reserve.IsHeld ? Timeout.Infinite : ReserveTime))
                    {
                        break;
                    }
                }

                if (_stopped && _works.Count + _doneUp.Count + _doneDown.Count == 0 && batch.Count == 0)
                {
                    _flushed.ForEach(f => f.TrySetResult());
                    return;
                }
            }

            if (!_reserve.IsHeld && Environment.TickCount64 - _reserveTriedAt >= ReserveTime)
            {
                Try(RestoreReserve);
            }

            WaitForWork(batch);

            // Others may come while the first waits a little: one commit is for all of them.
            if (!IsFull)
            {
                Gather();
            }

            List<long> up = [];
            List<long> down = [];
            List<TaskCompletionSource> flushed = [];
            lock (_gate)
            {
                while (batch.Count < BatchSize && _works.TryDequeue(out Work? work))
                {
                    batch.Add(work);
                }

                Drain(_doneUp, up);
                Drain(_doneDown, down);
                flushed.AddRange(_flushed);
                _flushed.Clear();
            }

            // In one commit; when the disk is full, what goes makes room for what comes, so it goes first, in a commit of its own.
            int count = CountOf(batch, most);
            List<Work> next = batch.GetRange(0, count);
            bool hasWork = up.Count + down.Count + count > 0;
            bool together = !IsFull && Try(() => Commit(up, down, next));
            bool deleted = together || (_reserve.IsHeld && Try(() => Commit(up, down, []))) || DeleteInSteps(up, down);
            bool inserted = together || Try(() => Commit([], [], next));
            Try(() => NoteRoom(inserted ? next : []));
            if (deleted)
            {
                flushed.ForEach(f => f.TrySetResult());
            }

            if (inserted && count > 0)
            {
                Tell(next);
                batch.RemoveRange(0, count);
                most = BatchSize;
                Settle();
            }

            if (deleted && inserted)
            {
                if (IsFull && batch.Count == 0 && (hasWork || _reserve.IsHeld))
                {
                    IsFull = false;
                    LogRoom();
                }

                continue;
            }

            // There may be room for fewer.
            if (!inserted && most > 1)
            {
                most = Math.Max(1, count / 2);
                if (deleted)
                {
                    continue;
                }
            }

            lock (_gate)
            {
                if (!deleted)
                {
                    up.ForEach(_doneUp.Enqueue);
                    down.ForEach(_doneDown.Enqueue);
                    _flushed.AddRange(flushed);
                }

                if (_stopped)
                {
                    return;
                }

                Monitor.Wait(_gate, FullPause);
            }
        }
    }

    private static long MemoryOf(Work work) => work.Payload.Length + 256;

    // How many of them go into one commit: so many, and no more than an eighth of the reserve, but one.
    private int CountOf(List<Work> batch, int most)
    {
        int count = 0;
        for (long bytes = 0; count < batch.Count && count < most; count++)
        {
            bytes += batch[count].Payload.Length;
            if (count > 0 && bytes > _reserve.Size / 8)
            {
                break;
            }
        }

        return count;
    }

    // Nothing but deletions is no hurry.
    private void WaitForWork(List<Work> batch)
    {
        long end = Environment.TickCount64 + DeleteTime;
        lock (_gate)
        {
            while (!_stopped && !IsFull && batch.Count + _works.Count + _flushed.Count == 0 && _doneUp.Count + _doneDown.Count < BatchSize && Environment.TickCount64 < end)
            {
                Monitor.Wait(_gate, (int)Math.Max(1, end - Environment.TickCount64));
            }
        }
    }

    private void Gather()
    {
        long end = Stopwatch.GetTimestamp() + BatchTime * Stopwatch.Frequency / 1000;
        lock (_gate)
        {
            int before = -1;
            while (!_stopped && _works.Count < BatchSize && _works.Count != before)
            {
                // Nobody came within a millisecond: there is nothing to wait for.
                before = _works.Count;
                int left = (int)((end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);
                if (left <= 0)
                {
                    return;
                }

                Monitor.Wait(_gate, 1);
            }
        }
    }

    private static void Drain<T>(Queue<T> queue, List<T> list)
    {
        while (queue.TryDequeue(out T? item))
        {
            list.Add(item);
        }
    }

    private void Commit(List<long> up, List<long> down, List<Work> batch)
    {
        if (up.Count + down.Count + batch.Count == 0)
        {
            return;
        }

        using (SqliteTransaction transaction = _writer.BeginTransaction())
        {
            List<(string Device, long Size)> goneUp = Delete(transaction, "up", up);
            List<(string Device, long Size)> goneDown = Delete(transaction, "down", down);
            Insert(transaction, batch);
            transaction.Commit();
            int cameDown = batch.Count(w => w.IsDown);
            _up += batch.Count - cameDown - goneUp.Count;
            _down += cameDown - goneDown.Count;
            goneUp.ForEach(g => _shares.Remove(g.Device, g.Size));
            goneDown.ForEach(g => _shares.Remove(Topics.Down(g.Device), g.Size));
        }

        Commits++;
    }

    // What waits in memory will need room, too, but for what of it has just been stored. No part of a commit: where this fails, that has been made all the same.
    private void NoteRoom(IEnumerable<Work> stored)
    {
        long waiting;
        lock (_gate)
        {
            waiting = _memory - stored.Sum(MemoryOf);
        }

        _shares.SetRoom(_mayHave - UsedOf(_writer) - waiting);
    }

    private void ReadShares()
    {
        ReadShares("up", device => device);
        ReadShares("down", Topics.Down);
    }

    private void ReadShares(string table, Func<string, string> name)
    {
        using SqliteCommand command = Command(_reader, $"SELECT device, SUM(LENGTH(payload)), COUNT(*) FROM {table} GROUP BY device");
        using SqliteDataReader rows = command.ExecuteReader();
        while (rows.Read())
        {
            _shares.Add(name(rows.GetString(0)), rows.GetInt64(1), rows.GetInt64(2));
        }
    }

    private void SetMost(long bytes)
    {
        SetLimit(_writer, bytes);
        _mayHave = bytes;
    }

    // In small commits, each with its log put away, so that they need little room at a time.
    private bool DeleteInSteps(List<long> up, List<long> down)
    {
        while (up.Count + down.Count > 0)
        {
            List<long> someUp = up[..Math.Min(DeleteStep, up.Count)];
            List<long> someDown = down[..Math.Min(DeleteStep, down.Count)];
            if (!Try(() => Commit(someUp, someDown, [])))
            {
                GiveUpReserve();
                if (!Try(() => Commit(someUp, someDown, [])))
                {
                    return false;
                }
            }

            up.RemoveRange(0, someUp.Count);
            down.RemoveRange(0, someDown.Count);
            if (!_reserve.IsHeld)
            {
                TrySettle();
            }
        }

        return true;
    }

    // What is in the log alone has still to find room in the database's file: never more than there is for sure once the reserve is given up.
    private void Settle()
    {
        bool isMuch = true;
        if (Try(() => isMuch = SizeOf(_writer) - _settled > _reserve.Size / 2) && isMuch && !TrySettle())
        {
            GiveUpReserve();
        }
    }

    // From then on the store does not grow, and what it frees is what it has.
    private void GiveUpReserve()
    {
        _reserveTriedAt = Environment.TickCount64;
        if (Try(() => SetMost(SizeOf(_writer))) && _reserve.GiveUp())
        {
            LogReserve(_reserve.Size);
        }

        TrySettle();
    }

    private bool TryTakeReserve()
    {
        _reserveTriedAt = Environment.TickCount64;
        SetMost(_reserve.TryTake() ? _limit : SizeOf(_writer));
        return _reserve.IsHeld;
    }

    // There is room for it when somebody has made some, or when so little is left in the store that its file can be made short.
    private void RestoreReserve()
    {
        _reserveTriedAt = Environment.TickCount64;
        if (!TrySettle() || TryTakeReserve())
        {
            return;
        }

        if (SizeOf(_writer) >= 2 * _reserve.Size && UsedOf(_writer) < _reserve.Size / 8)
        {
            Value(_writer, "PRAGMA temp_store = MEMORY");
            Value(_writer, "VACUUM");
            TrySettle();
            TryTakeReserve();
        }
    }

    // Puts what is in the log into the database's file; false when the disk has no room for that. It is all of it, since nobody reads meanwhile, unless another
    // program does.
    private bool TrySettle() => Locked(() =>
    {
        try
        {
            using SqliteCommand command = Command(_writer, "PRAGMA wal_checkpoint(PASSIVE)");
            using SqliteDataReader row = command.ExecuteReader();
            if (row.Read() && row.GetInt64(1) == row.GetInt64(2))
            {
                row.Close();
                _settled = SizeOf(_writer);
            }

            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    });

    private void Insert(SqliteTransaction transaction, List<Work> batch)
    {
        _insertUp.Transaction = transaction;
        _insertDown.Transaction = transaction;
        foreach (Work work in batch)
        {
            SqliteCommand command = work.IsDown ? _insertDown : _insertUp;
            command.Parameters[0].Value = work.Device;
            command.Parameters[1].Value = work.Payload;
            command.Parameters[2].Value = Mark(work.Device, work.Payload);
            if (work.IsDown)
            {
                command.Parameters[3].Value = work.Expires;
            }

            work.Id = (long)command.ExecuteScalar()!;
        }
    }

    private List<(string Device, long Size)> Delete(SqliteTransaction transaction, string table, List<long> ids)
    {
        List<(string Device, long Size)> gone = [];
        _delete.Transaction = transaction;
        _delete.CommandText = $"DELETE FROM {table} WHERE id = $id RETURNING device, LENGTH(payload)";
        foreach (long id in ids)
        {
            _delete.Parameters[0].Value = id;
            using SqliteDataReader row = _delete.ExecuteReader();
            if (row.Read())
            {
                gone.Add((row.GetString(0), row.GetInt64(1)));
            }
        }

        return gone;
    }

    // False when the disk or the limit takes no more, or the disk fails: it is tried again.
    private bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (SqliteException e)
        {
            Full(e.Message);
            return false;
        }
    }

    private void Full(string reason)
    {
        if (!IsFull)
        {
            LogFull(reason);
        }

        IsFull = true;
    }

    private void Tell(List<Work> batch)
    {
        List<StoredMessage> up = [];
        foreach (Work work in batch)
        {
            if (!work.IsDown)
            {
                up.Add(new StoredMessage(work.Id, work.Device, work.Payload, 0));
                LastUp = work.Id;
            }
        }

        Stored += up.Count;
        Committed?.Invoke(up);
        batch.ForEach(w => w.Stored());
        BatchDone?.Invoke();
        List<TaskCompletionSource>? room = null;
        lock (_gate)
        {
            _memory -= batch.Sum(MemoryOf);
            if (_memory < MemoryLimit / 2)
            {
                room = [.. _roomWaiters];
                _roomWaiters.Clear();
            }
        }

        room?.ForEach(r => r.TrySetResult());
    }

    // SQLite needs a little room to open a database, too.
    private (SqliteConnection Writer, SqliteConnection Reader) OpenWithRoom(string path)
    {
        try
        {
            return Open(path);
        }
        catch (SqliteException) when (_reserve.GiveUp())
        {
            LogReserve(_reserve.Size);
            return Open(path);
        }
    }

    private (SqliteConnection Writer, SqliteConnection Reader) Open(string path)
    {
        StoreRescue.Finish(path);
        bool isNew = !File.Exists(path);
        SqliteConnection? writer = null;
        try
        {
            writer = Connect(path);
            if (!isNew && (string)Value(writer, "PRAGMA quick_check(1)") is var verdict && verdict != "ok")
            {
                throw new SqliteException(verdict, 11);
            }

            // What its log still had is in it then; SQLite passes over a last page of which a part is missing.
            bool isWhole = isNew || TryCheckpoint(writer);
            if (!isNew && isWhole && new FileInfo(path).Length < Scalar(writer, "PRAGMA page_count") * Scalar(writer, "PRAGMA page_size"))
            {
                throw new SqliteException("a part of its last page is missing", 11);
            }

            Prepare(writer, _limit);
        }
        catch (SqliteException e) when (!isNew && e.SqliteErrorCode is 11 or 26)
        {
            writer?.Dispose();
            (int rescued, string aside) = StoreRescue.Run(path);
            LogDamaged(path, e.Message, rescued, aside);
            writer = Connect(path);
            Prepare(writer, _limit);
        }

        return (writer, Connect(path));
    }

    // False when the disk has no room for it: what is in the log is read from there, and goes to the broker all the same.
    private bool TryCheckpoint(SqliteConnection writer)
    {
        try
        {
            Value(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 13)
        {
            if (_reserve.GiveUp())
            {
                LogReserve(_reserve.Size);
                return TryCheckpoint(writer);
            }

            Full(e.Message);
            return false;
        }
    }

    private string ReadIdentity()
    {
        const string read = "SELECT value FROM facts WHERE name = 'identity'";
        if (Value(_reader, read) is string { Length: > 0 } identity)
        {
            return identity;
        }

        Value(_writer, "INSERT OR IGNORE INTO facts(name, value) VALUES('identity', lower(hex(randomblob(8))))");
        return (string)Value(_reader, read);
    }

    // One that is not what was stored goes nowhere.
    private List<StoredMessage> Whole(List<(StoredMessage Message, long Mark)> read, Action<long> remove)
    {
        List<StoredMessage> whole = [];
        foreach ((StoredMessage message, long mark) in read)
        {
            if (mark == Mark(message.Device, message.Payload))
            {
                whole.Add(message);
            }
            else
            {
                LogSpoilt(message.Id, message.Device);
                remove(message.Id);
            }
        }

        return whole;
    }

    private static List<(StoredMessage Message, long Mark)> Read(SqliteConnection connection, string text, params (string Name, object Value)[] parameters)
    {
        List<(StoredMessage Message, long Mark)> messages = [];
        using SqliteCommand command = Command(connection, text);
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        using SqliteDataReader rows = command.ExecuteReader();
        while (rows.Read())
        {
            messages.Add((new StoredMessage(rows.GetInt64(0), rows.GetString(1), (byte[])rows[2], rows.GetInt64(3)), rows.GetInt64(4)));
        }

        return messages;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Nothing more can be stored, and devices wait: {Reason}")]
    private partial void LogFull(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "There is room again for what devices send")]
    private partial void LogRoom();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk is full: the {Size} bytes that were kept for that are given up, so that what is delivered can be deleted, and the store does not grow before there is room for them again")]
    private partial void LogReserve(long size);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} of {Device} is damaged on disk and left out")]
    private partial void LogSpoilt(long id, string device);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store {Path} is damaged ({Reason}): {Rescued} messages of it are whole and taken over; the rest is in {Aside}")]
    private partial void LogDamaged(string path, string reason, int rescued, string aside);

    private sealed class Work(string device, byte[] payload, long expires, bool isDown, Action stored)
    {
        public string Device { get; } = device;

        public byte[] Payload { get; } = payload;

        public long Expires { get; } = expires;

        public bool IsDown { get; } = isDown;

        public Action Stored { get; } = stored;

        public long Id { get; set; }
    }
}
