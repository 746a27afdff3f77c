using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>Somebody else's broker over TLS: who it is, and who the gateway is, is proven by certificates of an authority of one's own, and by a password.</summary>
[Collection(GatewayProcess.Inside)]
public sealed class SecureBrokerTests : IAsyncLifetime
{
    private const string Password = "opens the broker";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-tls-");
    private readonly int _port = GatewayProcess.FreePort();
    private readonly X509Certificate2 _authority = Authority("Springtail test");
    private MqttServer _server = null!;

    // The client certificate and user of the last connection that the broker took.
    private (string? Certificate, string? User) _last;

    public async Task InitializeAsync()
    {
        await StartAsync(DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(At("ca.pem"), _authority.ExportCertificatePem());
        using X509Certificate2 other = Authority("Somebody else");
        File.WriteAllText(At("other.pem"), other.ExportCertificatePem());
        using X509Certificate2 client = Issue(_authority, "gateway one", server: false, DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(At("client.pem"), client.ExportCertificatePem());
        File.WriteAllText(At("client.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(At("password"), Password + "\n");
        File.WriteAllText(At("wrong"), "does not open the broker\n");
    }

    public async Task DisposeAsync()
    {
        await _server.StopAsync(new MqttServerStopOptions());
        _server.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_broker_of_ones_own_authority_is_used_and_knows_the_gateway()
    {
        Assert.Null(await RefusalAsync("localhost", "ca.pem", "password", "--certificate", At("client.pem"), "--certificate-key", At("client.key")));
        Assert.Equal(("CN=gateway one", "house"), _last);
    }

    [Theory]
    [InlineData("localhost", "other.pem", "password", true, "its certificate comes from none of the authorities")]
    [InlineData("127.0.0.1", "ca.pem", "password", true, "or is another host's")]
    [InlineData("localhost", "", "password", true, "its certificate comes from none of the authorities")]
    [InlineData("localhost", "ca.pem", "wrong", true, "the broker says NotAuthorized;")]
    [InlineData("localhost", "ca.pem", "password", false, "the broker says NotAuthorized;")]
    public async Task One_of_another_authority_or_name_is_not_and_one_that_refuses_is_heard(string host, string ca, string password, bool hasCertificate, string reason)
    {
        string[] certificate = hasCertificate ? ["--certificate", At("client.pem"), "--certificate-key", At("client.key")] : [];
        Assert.Contains(reason, await RefusalAsync(host, ca, password, certificate));
    }

    [Fact]
    public async Task One_whose_certificate_has_expired_is_not_used()
    {
        await _server.StopAsync(new MqttServerStopOptions());
        _server.Dispose();
        await StartAsync(DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Contains("is not valid now", await RefusalAsync("localhost", "ca.pem", "password", "--certificate", At("client.pem"), "--certificate-key", At("client.key")));
        Assert.Equal((null, null), _last);
    }

    private async Task StartAsync(DateTimeOffset end)
    {
        using X509Certificate2 made = Issue(_authority, "localhost", server: true, end);
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        MqttServerOptions options = new MqttServerOptionsBuilder()
            .WithEncryptedEndpoint().WithEncryptedEndpointPort(_port).WithEncryptedEndpointBoundIPAddress(IPAddress.Loopback).WithEncryptedEndpointBoundIPV6Address(IPAddress.None)
            .WithEncryptionCertificate(certificate).WithRemoteCertificateValidationCallback((_, given, _, _) => given == null || given.Issuer == _authority.Subject).Build();
        options.TlsEndpointOptions.ClientCertificateRequired = true;
        _server = new MqttServerFactory().CreateMqttServer(options);
        _server.ValidatingConnectionAsync += e =>
        {
            e.ReasonCode = e.Password == Password && e.ClientCertificate != null ? MqttConnectReasonCode.Success : MqttConnectReasonCode.NotAuthorized;
            _last = (e.ClientCertificate?.Subject, e.UserName);
            return Task.CompletedTask;
        };
        await _server.StartAsync();
    }

    private string At(string file) => Path.Combine(_folder.FullName, file);

    // Null when it connects; otherwise what it says.
    private async Task<string?> RefusalAsync(string host, string ca, string password, params string[] more)
    {
        string[] trust = ca.Length == 0 ? [] : ["--ca", At(ca)];
        await using WebApplication gateway = await GatewayProcess.StartInsideAsync(
            At("data"), GatewayProcess.NewPlace(), ["--broker", $"mqtts://{host}:{_port}", "--user", "house", "--password-file", At(password), .. trust, .. more]);
        BrokerLink link = gateway.Services.GetRequiredService<BrokerLink>();
        LogHistory log = gateway.Services.GetRequiredService<LogHistory>();
        string[] said = [];
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                long start = 0;
                said = [.. log.Lines.After(ref start).Select(l => l.Text).Where(t => t.StartsWith("No connection to mqtts://"))];
                return link.IsConnected || said.Length > 0;
            },
            s_patience));
        await gateway.StopAsync();
        return said.FirstOrDefault();
    }

    private static X509Certificate2 Authority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, bool server, DateTimeOffset end)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(server ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], false));
        if (server)
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 certificate = request.Create(authority, authority.NotBefore, end, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
