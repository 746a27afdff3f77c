using System;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Springtail.Peer.Bench;

/// <summary>An authority for a day, and the certificate of localhost that comes from it; both P-256, the quickest that brokers and clients have in common.</summary>
internal sealed class BenchAuthority : IDisposable
{
    public BenchAuthority()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest authority = new("CN=Springtail bench", rootKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = authority.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", Key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        Certificate = request.Create(Root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
    }

    /// <summary>The authority.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The server's, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The key of <see cref="Certificate"/>.</summary>
    public ECDsa Key { get; }

    public void Dispose()
    {
        Root.Dispose();
        Certificate.Dispose();
        Key.Dispose();
    }
}
