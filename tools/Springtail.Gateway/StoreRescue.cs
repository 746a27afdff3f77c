using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Microsoft.Data.Sqlite;

namespace Springtail.Gateway;

/// <summary>What is whole of a damaged store is put into another, which takes its place.</summary>
internal static class StoreRescue
{
    // Of the files of a store: the database, its log, and what its connections share.
    private static readonly string[] s_ends = ["", "-wal", "-shm"];

    /// <summary>
    /// Puts every message of a damaged store that can be read into another; then that one takes its place, and it is set aside. A disk that has no room for that
    /// leaves the damaged one where it is.
    /// </summary>
    /// <returns>How many messages are taken over, and where the damaged store is.</returns>
    public static (int Rescued, string Aside) Run(string path)
    {
        Array.ForEach(s_ends, end => File.Delete(Rescued(path) + end));
        int rescued = 0;
        using (SqliteConnection writer = StoreFile.Connect(Rescued(path)))
        using (SqliteConnection damaged = StoreFile.Connect(path))
        {
            StoreFile.Prepare(writer, long.MaxValue);

            // A file that is shorter than its header says is otherwise not read at all.
            StoreFile.Value(damaged, "PRAGMA writable_schema = ON");
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
        Finish(path);
        return (rescued, aside);
    }

    /// <summary>Puts the other in its place, also where the process was killed before that: once the damaged store is set aside, the other is complete.</summary>
    public static void Finish(string path)
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
                using SqliteCommand command = StoreFile.Command(from, $"SELECT id, device, payload, mark, {(table == "down" ? "expires" : "0")} FROM {table} NOT INDEXED ORDER BY id {order}");
                using SqliteDataReader rows = command.ExecuteReader();
                while (rows.Read())
                {
                    if (rows[1] is string device && rows[2] is byte[] payload && rows[3] is long mark && mark == StoreFile.Mark(device, payload)
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
            using SqliteCommand insert = StoreFile.Command(
                to, table == "up" ? "INSERT INTO up(id, device, payload, mark) VALUES($id, $device, $payload, $mark)" : "INSERT INTO down(id, device, payload, mark, expires) VALUES($id, $device, $payload, $mark, $expires)",
                "$id", "$device", "$payload", "$mark", "$expires");
            insert.Transaction = transaction;
            insert.Parameters[0].Value = message.Id;
            insert.Parameters[1].Value = message.Device;
            insert.Parameters[2].Value = message.Payload;
            insert.Parameters[3].Value = StoreFile.Mark(message.Device, message.Payload);
            insert.Parameters[4].Value = message.Expires;
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
        return whole.Count;
    }
}
