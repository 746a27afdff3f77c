using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Springtail.Gateway;

/// <summary>How the gateway is set up: from a file, the environment (SPRINGTAIL_GATEWAY_NAME) and the command line (--name), the later over the earlier.</summary>
internal sealed class GatewaySettings
{
    /// <summary>Environment variables begin with it.</summary>
    public const string Prefix = "SPRINGTAIL_GATEWAY_";

    /// <summary>The section of a settings file.</summary>
    public const string Section = "Gateway";

    // One that is guessed at over the network.
    private const int LeastPassword = 12;

    private const long Mebibyte = 1 << 20;

    private const string FileSetting = "settings";

    private static readonly ChannelOptions s_channel = new();

    private string? _certificate;
    private string? _certificateKey;

    /// <summary>Every setting: its name, what it may be, and where its value goes, which is false for a value that it may not have.</summary>
    public static readonly Setting[] All =
    [
        new("name", "TEXT", "the gateway's name among several, 1 to 64 letters, digits, . _ and - [default: the machine's name]", (s, v) => DeviceName.IsValid(v) && Set(() => s.Name = v)),
        new("data", "FOLDER", "where messages wait, and keys unless --keys says otherwise; made when missing [default: springtail-gateway]", (s, v) => Set(() => s.Data = v)),
        new("keys", "FOLDER", "the devices' key files, by the devices' names; made when missing, and watched [default: keys in the data folder]", (s, v) => Set(() => s.Keys = v)),
        new("limit", "MIB", "how much may wait on disk, 1 to 1048576 MiB; when that is full, devices wait [default: 1024]", (s, v) => Number(v, 1, 1_048_576, n => s.Limit = n * Mebibyte)),
        new("broker", "URL", "mqtt://HOST[:PORT] or mqtts://HOST[:PORT], the user goes into user; without it there is a built-in broker", (s, v) => Broker(s, v)),
        new("user", "TEXT", "the broker's user; the built-in broker admits this one alone, and then needs a password", (s, v) => Set(() => s.User = v)),
        new("password-file", "FILE", "a file with the broker's password in its first line; the built-in broker asks for it", (s, v) => FirstLine(v) is { Length: > 0 } p && Set(() => s.Password = p)),
        new("ca", "FILE", "certificates (PEM) that the broker's must be issued by [default: the system's]", (s, v) => Trusted(v) is { } t && Set(() => s.Ca = t)),
        new("certificate", "FILE", "the client's certificate (PEM) for the broker, with --certificate-key", (s, v) => File.Exists(v) && Set(() => s._certificate = v)),
        new("certificate-key", "FILE", "its private key (PEM, without a password)", (s, v) => File.Exists(v) && Set(() => s._certificateKey = v)),
        new("mqtt", "ADDRESS:PORT", "where the built-in broker listens [default: 127.0.0.1:1883]", (s, v) => Point(v, 1, p => s.Mqtt = p)),
        new("http", "ADDRESS:PORT", "where the page, /healthz and /metrics are; off for nowhere [default: 127.0.0.1:8480]", (s, v) => v == "off" ? Set(() => s.Http = null) : Point(v, 0, p => s.Http = p)),
        new("http-password-file", "FILE", $"a file whose first line is the password for all of them, at least {LeastPassword} characters; not needed at a loopback address", (s, v) => FirstLine(v) is { Length: >= LeastPassword } p && Set(() => s.HttpPassword = p)),
        new("otlp", "URL", "an OpenTelemetry collector for metrics and traces [default: none]", (s, v) => Uri.TryCreate(v, UriKind.Absolute, out Uri? u) && u.Scheme is "http" or "https" && Set(() => s.Otlp = u)),
        new("ports", "A-B", "the ports that are hopped to, 1 to 65535, alike on both sides [default: 24576-25599]", Ports),
        new("rendezvous", "PORT", "one fixed port for first packets, 1 to 65535; without it they follow clock and key", (s, v) => Number(v, 1, 65535, n => s.Rendezvous = (int)n)),
        new("discovery-port", "PORT", "where devices without a clock ask for the time, 0 to 65535, 0 for nowhere [default: 1025]", (s, v) => Number(v, 0, 65535, n => s.DiscoveryPort = (int)n)),
        new("bind", "ADDRESS", "the one local address for devices [default: all]", (s, v) => IPAddress.TryParse(v, out IPAddress? a) && Set(() => s.Bind = a)),
        new("key-log", "FILE", "append the keys of all sessions, to read captured packets with: whoever has it can read all they carry [default: what SPRINGTAILKEYLOG names, or none]", (s, v) => Set(() => s.KeyLog = v)),
        new("home-assistant", "true|false", "tell Home Assistant of readings that are JSON [default: false]", (s, v) => bool.TryParse(v, out bool b) && Set(() => s.HomeAssistant = b)),
    ];

    public string Name { get; private set; } = DeviceName.IsValid(Environment.MachineName) ? Environment.MachineName : "gateway";

    public string Data { get; private set; } = "springtail-gateway";

    public string Keys { get; private set; } = "";

    public long Limit { get; private set; } = 1024 * Mebibyte;

    /// <summary>Null for the built-in broker.</summary>
    public Uri? BrokerUrl { get; private set; }

    public string? User { get; private set; }

    public string? Password { get; private set; }

    /// <summary>What the broker's certificate must come from; null for what the system trusts.</summary>
    public X509Certificate2Collection? Ca { get; private set; }

    /// <summary>The gateway's own at the broker, with its key; null for none.</summary>
    public X509Certificate2? Certificate { get; private set; }

    public IPEndPoint Mqtt { get; private set; } = new(IPAddress.Loopback, 1883);

    public IPEndPoint? Http { get; private set; } = new(IPAddress.Loopback, 8480);

    /// <summary>Null for none.</summary>
    public string? HttpPassword { get; private set; }

    public Uri? Otlp { get; private set; }

    public int PortMin { get; private set; } = s_channel.PortMin;

    public int PortCount { get; private set; } = s_channel.PortCount;

    public int Rendezvous { get; private set; }

    public int DiscoveryPort { get; private set; } = 1025;

    public IPAddress? Bind { get; private set; }

    public string? KeyLog { get; private set; } = Environment.GetEnvironmentVariable(Springtail.KeyLog.EnvironmentVariable);

    public bool HomeAssistant { get; private set; }

    /// <summary>Reads a file, where --settings names one, the environment and the command line.</summary>
    /// <param name="arguments">Options as --name value or --name=value.</param>
    /// <param name="mistakes">What is wrong, a line each.</param>
    public static GatewaySettings Read(string[] arguments, out List<string> mistakes)
    {
        mistakes = [];
        Dictionary<string, string?> values = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, string?> around = new(StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (entry.Key is string key && key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                around[key[Prefix.Length..].Replace('_', '-').ToLowerInvariant()] = (string?)entry.Value;
            }
        }

        foreach ((string name, string value) in CommandLine(arguments, mistakes))
        {
            around[name] = value;
        }

        if (around.Remove(FileSetting, out string? file))
        {
            ReadFile(file ?? "", values, mistakes);
        }

        foreach ((string name, string? value) in around)
        {
            values[name] = value;
        }

        GatewaySettings settings = new();
        foreach ((string name, string? value) in values)
        {
            Setting? setting = All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (setting == null)
            {
                mistakes.Add($"There is no setting \"{name}\": \"springtail gateway --help\" lists them.");
            }
            else if (string.IsNullOrEmpty(value) || !setting.Apply(settings, value))
            {
                // A password may stand in what was given as a URL.
                string shown = value != null && value.Contains('@', StringComparison.Ordinal) ? "…" + value[value.LastIndexOf('@')..] : value ?? "";
                mistakes.Add($"{setting.Name} cannot be \"{shown}\": {setting.What}. Its form is {setting.Value}.");
            }
        }

        // What does not fit together, where each by itself does.
        if (mistakes.Count == 0)
        {
            settings.CheckTogether(mistakes);
        }

        settings.Keys = settings.Keys.Length == 0 ? Path.Combine(settings.Data, "keys") : settings.Keys;
        return settings;
    }

    private void CheckTogether(List<string> mistakes)
    {
        if (_certificate == null != (_certificateKey == null))
        {
            mistakes.Add("certificate and certificate-key go together: set both or neither.");
        }
        else if (_certificate != null && !ReadCertificate())
        {
            mistakes.Add($"certificate and certificate-key: {_certificate} and {_certificateKey} must hold a certificate and its private key, PEM without a password.");
        }

        if (BrokerUrl == null && (Ca != null || _certificate != null))
        {
            mistakes.Add("ca and certificate are for an external broker: set broker too.");
        }
        else if (BrokerUrl is { Scheme: "mqtt" } && (Ca != null || _certificate != null))
        {
            mistakes.Add($"ca and certificate are for TLS, and broker is {BrokerUrl}: make it mqtts://.");
        }

        if (BrokerUrl != null && User == null && Password != null)
        {
            mistakes.Add("password-file is for a user: set user too.");
        }
        else if (BrokerUrl == null && User == null != (Password == null))
        {
            mistakes.Add("user and password-file go together for the built-in broker: set both or neither; for an external broker set broker too.");
        }
        else if (BrokerUrl == null && User == null && !IPAddress.IsLoopback(Mqtt.Address))
        {
            mistakes.Add($"mqtt is {Mqtt}, which others can reach: set user and password-file too, or use a loopback address.");
        }

        if (Http is { } http && HttpPassword == null && !IPAddress.IsLoopback(http.Address))
        {
            mistakes.Add($"http is {http}, which others can reach: set http-password-file too, or use a loopback address.");
        }
    }

    private bool ReadCertificate()
    {
        try
        {
            // Through PKCS #12, which Windows needs for a key that is to serve in TLS.
            using X509Certificate2 read = X509Certificate2.CreateFromPemFile(_certificate!, _certificateKey);
            Certificate = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    // Null when there is none in the file.
    private static X509Certificate2Collection? Trusted(string file)
    {
        try
        {
            X509Certificate2Collection trust = [];
            trust.ImportFromPemFile(file);
            return trust.Count > 0 ? trust : null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> CommandLine(string[] arguments, List<string> mistakes)
    {
        Dictionary<string, string> given = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                mistakes.Add($"\"{argument}\" is no option: options are --name value.");
            }
            else if (equals > 0)
            {
                given[argument[2..equals]] = argument[(equals + 1)..];
            }
            else if (i + 1 < arguments.Length && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                given[argument[2..]] = arguments[++i];
            }
            else
            {
                // A switch by itself; others have values, and none is the wrong one.
                given[argument[2..]] = All.FirstOrDefault(s => s.Name == argument[2..]) is { Value: "true|false" } ? "true" : "";
            }
        }

        return given;
    }

    private static void ReadFile(string file, Dictionary<string, string?> values, List<string> mistakes)
    {
        try
        {
            // Read here, since a folder, or a file without rights, passes for one that is missing otherwise.
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read);
            IConfigurationSection section = new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection(Section);
            if (!section.Exists())
            {
                throw new FormatException("there is no such section, or nothing in it.");
            }

            foreach (IConfigurationSection entry in section.GetChildren())
            {
                values[entry.Key] = entry.Value;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException or FormatException or JsonException)
        {
            mistakes.Add($"settings: {file} cannot be read, or is no JSON with a section \"{Section}\": {(e.InnerException ?? e).Message}");
        }
    }

    private static bool Set(Action set)
    {
        set();
        return true;
    }

    // Null when it cannot be read.
    private static string? FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault("");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static bool Number(string text, long least, long most, Action<long> set)
    {
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most && Set(() => set(number));
    }

    private static bool Point(string text, int leastPort, Action<IPEndPoint> set)
    {
        return text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out IPEndPoint? point) && point.Port >= leastPort && Set(() => set(point));
    }

    private static bool Broker(GatewaySettings settings, string text)
    {
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "mqtt" or "mqtts" && url.Host.Length > 0 && url.PathAndQuery is "/" or "" && url.UserInfo.Length + url.Fragment.Length == 0 && url.Port != 0
            && Set(() => settings.BrokerUrl = url);
    }

    private static bool Ports(GatewaySettings settings, string text)
    {
        string[] ends = text.Split('-');
        return ends.Length == 2
            && Number(ends[0], 1, 65535, n => settings.PortMin = (int)n)
            && Number(ends[1], settings.PortMin, 65535, n => settings.PortCount = (int)n - settings.PortMin + 1);
    }

    /// <summary>A setting.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Value">The form of its value.</param>
    /// <param name="What">What it may be, and what it is without.</param>
    /// <param name="Apply">Takes a value; false when it may not be that.</param>
    public sealed record Setting(string Name, string Value, string What, Func<GatewaySettings, string, bool> Apply);
}
