using System;
using System.Globalization;
using System.IO;
using Microsoft.Data.Sqlite;

namespace Springtail.Gateway;

/// <summary>The database of a store: how it is opened, what is in it, and how it is asked.</summary>
internal static class StoreFile
{
    private const string Schema =
        "CREATE TABLE IF NOT EXISTS up(id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, payload BLOB NOT NULL, mark INTEGER NOT NULL);"
        + "CREATE TABLE IF NOT EXISTS down(id INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, payload BLOB NOT NULL, mark INTEGER NOT NULL, expires INTEGER NOT NULL);"
        + "CREATE INDEX IF NOT EXISTS down_device ON down(device, id);"
        + "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);";

    /// <summary>Opens a database; one that is made is its owner's alone.</summary>
    public static SqliteConnection Connect(string path)
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

    /// <summary>Sets up a connection that writes, and makes the tables where there are none.</summary>
    public static void Prepare(SqliteConnection connection, long limit)
    {
        Value(connection, "PRAGMA journal_mode = WAL");
        Value(connection, "PRAGMA synchronous = FULL");
        SetLimit(connection, limit);
        Value(connection, Schema);
    }

    /// <summary>Sets how large it may grow, in bytes; when it is larger, it does not grow.</summary>
    public static void SetLimit(SqliteConnection connection, long limit) =>
        Value(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {Math.Max(16, limit / Scalar(connection, "PRAGMA page_size"))}"));

    /// <summary>How large it is, in bytes, what is still in its log included.</summary>
    public static long SizeOf(SqliteConnection connection) => Scalar(connection, "PRAGMA page_count") * Scalar(connection, "PRAGMA page_size");

    /// <summary>How much of that is in use, in bytes.</summary>
    public static long UsedOf(SqliteConnection connection) => (Scalar(connection, "PRAGMA page_count") - Scalar(connection, "PRAGMA freelist_count")) * Scalar(connection, "PRAGMA page_size");

    /// <summary>By which a message of a damaged store is known to be whole (FNV-1a).</summary>
    public static long Mark(string device, byte[] payload)
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

    /// <summary>A command with parameters.</summary>
    public static SqliteCommand Command(SqliteConnection connection, string text, params string[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach (string parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter(parameter, null));
        }

        return command;
    }

    /// <summary>Carries out a statement, and returns its first value; an empty text when it has none.</summary>
    public static object Value(SqliteConnection connection, string text)
    {
        using SqliteCommand command = Command(connection, text);
        return command.ExecuteScalar() ?? "";
    }

    /// <summary>The number that a statement returns.</summary>
    public static long Scalar(SqliteConnection connection, string text) => (long)Value(connection, text);
}
