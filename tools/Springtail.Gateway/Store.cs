using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

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

    // What may wait in memory to be stored, of all devices together, in bytes: above it no device's next message is accepted.
    private const long MemoryLimit = 64 << 20;

    // Of the files of a store: the database, its log, and what its connections share.
    private static readonly string[] s_ends = ["", "-wal", "-shm"];

    private const string Schema =
        "CREATE TABLE IF NOT EXISTS up(id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, payload BLOB NOT NULL, mark INTEGER NOT NULL);"
        + "CREATE TABLE IF NOT EXISTS down(id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, payload BLOB NOT NULL, mark INTEGER NOT NULL, expires INTEGER NOT NULL);"
        + "CREATE INDEX IF NOT EXISTS down_device ON down(device, id);"
        + "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);";

    private readonly ILogger<Store> _logger;
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

    /// <summary>Opens the store of a folder; one that is damaged is set aside, and what is whole of it taken over.</summary>
    /// <param name="path">The database's file.</param>
    /// <param name="limit">How large it may grow, in bytes.</param>
    /// <param name="logger">Where it says what happened.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public Store(string path, long limit, ILogger<Store> logger)
    {
        _logger = logger;
        try
        {
            (_writer, _reader) = Open(path, limit);
            _insertUp = Command(_writer, "INSERT INTO up(device, payload, mark) VALUES($device, $payload, $mark) RETURNING id", "$device", "$payload", "$mark");
            _insertDown = Command(_writer, "INSERT INTO down(device, payload, mark, expires) VALUES($device, $payload, $mark, $expires) RETURNING id", "$device", "$payload", "$mark", "$expires");
            _delete = Command(_writer, "DELETE FROM up WHERE id = $id", "$id");
            Identity = ReadIdentity();
        }
        catch (SqliteException e)
        {
            throw new IOException($"The store {path} cannot be opened: {e.Message}", e);
        }

        LastUp = Scalar(_reader, "SELECT COALESCE(MAX(id), 0) FROM up");
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
    public long WaitingUp => Locked(() => Scalar(_reader, "SELECT COUNT(*) FROM up"));

    /// <summary>Messages down that wait for devices.</summary>
    public long WaitingDown => Locked(() => Scalar(_reader, "SELECT COUNT(*) FROM down"));

    /// <summary>Stores a message up. <paramref name="stored"/> is called once it is on disk. Completes when there is room for another.</summary>
    public Task AddUpAsync(string device, byte[] payload, Action stored) => Add(new Work(device, payload, 0, false, stored));

    /// <summary>Stores a message down.</summary>
    public async Task<StoredMessage> AddDownAsync(string device, byte[] payload, long expires)
    {
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
            _memory += work.Payload.Length + 256;
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
                    Monitor.Wait(_gate);
                }

                if (_stopped && _works.Count + _doneUp.Count + _doneDown.Count == 0 && batch.Count == 0)
                {
                    _flushed.ForEach(f => f.TrySetResult());
                    return;
                }
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
            int count = Math.Min(batch.Count, most);
            List<Work> next = batch.GetRange(0, count);
            bool together = !IsFull && Try(() => Commit(up, down, next));
            bool deleted = together || Try(() => Commit(up, down, []));
            bool inserted = together || Try(() => Commit([], [], next));
            if (deleted)
            {
                flushed.ForEach(f => f.TrySetResult());
            }

            if (inserted && count > 0)
            {
                Tell(next);
                batch.RemoveRange(0, count);
                most = BatchSize;
            }

            if (deleted && inserted)
            {
                IsFull = false;
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

        using SqliteTransaction transaction = _writer.BeginTransaction();
        Delete(transaction, up, down);
        Insert(transaction, batch);
        transaction.Commit();
        Commits++;
    }

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

    private void Delete(SqliteTransaction transaction, List<long> up, List<long> down)
    {
        _delete.Transaction = transaction;
        foreach ((string table, List<long> ids) in new[] { ("up", up), ("down", down) })
        {
            _delete.CommandText = $"DELETE FROM {table} WHERE id = $id";
            foreach (long id in ids)
            {
                _delete.Parameters[0].Value = id;
                _delete.ExecuteNonQuery();
            }
        }
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
            if (!IsFull)
            {
                LogFull(e.Message);
            }

            IsFull = true;
            return false;
        }
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
            batch.ForEach(w => _memory -= w.Payload.Length + 256);
            if (_memory < MemoryLimit / 2)
            {
                room = [.. _roomWaiters];
                _roomWaiters.Clear();
            }
        }

        room?.ForEach(r => r.TrySetResult());
    }

    private (SqliteConnection Writer, SqliteConnection Reader) Open(string path, long limit)
    {
        FinishRescue(path);
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

            Prepare(writer, limit);
        }
        catch (SqliteException e) when (!isNew && e.SqliteErrorCode is 11 or 26)
        {
            writer?.Dispose();
            Rescue(path, e.Message);
            writer = Connect(path);
            Prepare(writer, limit);
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
            IsFull = true;
            LogFull(e.Message);
            return false;
        }
    }

    // Every message of a damaged store that can be read is put into another; then that one takes its place, and it is set aside. A disk that has no room for
    // that leaves the damaged one where it is.
    private void Rescue(string path, string reason)
    {
        Array.ForEach(s_ends, end => File.Delete(Rescued(path) + end));
        int rescued = 0;
        using (SqliteConnection writer = Connect(Rescued(path)))
        using (SqliteConnection damaged = Connect(path))
        {
            Prepare(writer, long.MaxValue);

            // A file that is shorter than its header says is otherwise not read at all.
            Value(damaged, "PRAGMA writable_schema = ON");
            foreach (string table in new[] { "up", "down" })
            {
                rescued += Copy(damaged, writer, table);
            }
        }

        string time = DateTime.UtcNow.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        string aside = $"{path}.damaged-{time}";
        for (int i = 2; File.Exists(aside); i++)
        {
            aside = $"{path}.damaged-{time}-{i}";
        }

        File.Move(path, aside);
        FinishRescue(path);
        LogDamaged(path, reason, rescued, aside);
    }

    // Also where the process was killed before that: once the damaged store is set aside, the other is complete.
    private static void FinishRescue(string path)
    {
        if (!File.Exists(path) && File.Exists(Rescued(path)))
        {
            // The damaged store's, from which everything was read that could be.
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            File.Move(Rescued(path), path);
        }
    }

    private static string Rescued(string path) => path + ".rescued";

    // From the first on until one cannot be read, then from the last back.
    private static int Copy(SqliteConnection from, SqliteConnection to, string table)
    {
        SortedDictionary<long, StoredMessage> whole = [];
        foreach (string order in new[] { "ASC", "DESC" })
        {
            try
            {
                using SqliteCommand command = Command(from, $"SELECT id, device, payload, mark, {(table == "down" ? "expires" : "0")} FROM {table} NOT INDEXED ORDER BY id {order}");
                using SqliteDataReader rows = command.ExecuteReader();
                while (rows.Read())
                {
                    if (rows[1] is string device && rows[2] is byte[] payload && rows[3] is long mark && mark == Mark(device, payload)
                        && !whole.TryAdd(rows.GetInt64(0), new StoredMessage(rows.GetInt64(0), device, payload, rows.GetInt64(4))))
                    {
                        break;
                    }
                }
            }
            catch (Exception e) when (e is SqliteException or InvalidCastException or InvalidOperationException)
            {
            }
        }

        using SqliteTransaction transaction = to.BeginTransaction();
        foreach (StoredMessage message in whole.Values)
        {
            using SqliteCommand insert = Command(
                to, table == "up" ? "INSERT INTO up(id, device, payload, mark) VALUES($id, $device, $payload, $mark)" : "INSERT INTO down(id, device, payload, mark, expires) VALUES($id, $device, $payload, $mark, $expires)",
                "$id", "$device", "$payload", "$mark", "$expires");
            insert.Transaction = transaction;
            insert.Parameters[0].Value = message.Id;
            insert.Parameters[1].Value = message.Device;
            insert.Parameters[2].Value = message.Payload;
            insert.Parameters[3].Value = Mark(message.Device, message.Payload);
            insert.Parameters[4].Value = message.Expires;
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
        return whole.Count;
    }

    // By which a message of a damaged store is known to be whole (FNV-1a).
    private static long Mark(string device, byte[] payload)
    {
        ulong mark = 14695981039346656037;
        foreach (char c in device)
        {
            mark = (mark ^ c) * 1099511628211;
        }

        foreach (byte b in payload)
        {
            mark = (mark ^ b) * 1099511628211;
        }

        return (long)(mark & long.MaxValue);
    }

    private static SqliteConnection Connect(string path)
    {
        if (!File.Exists(path))
        {
            // SQLite's other files get the rights of this one.
            PrivateFiles.Open(path, FileMode.CreateNew, FileAccess.Write).Dispose();
        }

        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Prepare(SqliteConnection connection, long limit)
    {
        Value(connection, "PRAGMA journal_mode = WAL");
        Value(connection, "PRAGMA synchronous = FULL");
        long page = Scalar(connection, "PRAGMA page_size");
        Value(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {Math.Max(16, limit / page)}"));
        Value(connection, Schema);
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

    private static SqliteCommand Command(SqliteConnection connection, string text, params string[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach (string parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter(parameter, null));
        }

        return command;
    }

    private static object Value(SqliteConnection connection, string text)
    {
        using SqliteCommand command = Command(connection, text);
        return command.ExecuteScalar() ?? "";
    }

    private static long Scalar(SqliteConnection connection, string text) => (long)Value(connection, text);

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
