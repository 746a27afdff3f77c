using System;
using System.IO;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Peer.Bench;

/// <summary>TLS 1.3 between two ends in this process, through memory: .NET's, which is OpenSSL on Linux. The server's certificate (P-256) comes from an authority that the client trusts.</summary>
internal sealed class TlsHandshakes : IDisposable
{
    private readonly BenchAuthority _authority = new();
    private readonly SslStreamCertificateContext _server;

    public TlsHandshakes()
    {
        using X509Certificate2 withKey = _authority.Certificate.CopyWithPrivateKey(_authority.Key);

        // Through PKCS #12, which Windows needs for a key that is to serve in TLS.
        _server = SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null), null);
    }

    /// <summary>Makes so many, one after the other, none of which resumes another; returns the processor time of both ends for each.</summary>
    public async Task<TimeSpan> MeasureAsync(int count)
    {
        await OneAsync();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < count; i++)
        {
            await OneAsync();
        }

        return (Environment.CpuUsage.TotalTime - before) / count;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _server.TargetCertificate.Dispose();
    }

    private async Task OneAsync()
    {
        // All on one thread, which waits for none.
        PipeOptions inline = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
        Pipe up = new(inline), down = new(inline);
        await using SslStream client = new(new Duplex(down.Reader.AsStream(), up.Writer.AsStream()));
        await using SslStream server = new(new Duplex(up.Reader.AsStream(), down.Writer.AsStream()));
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority.Root);
        await Task.WhenAll(
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = SslProtocols.Tls13, CertificateChainPolicy = policy, AllowTlsResume = false }),
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _server, EnabledSslProtocols = SslProtocols.Tls13, AllowTlsResume = false }));

        // As a session that was confirmed: a byte each way.
        byte[] one = new byte[1];
        await client.WriteAsync(one);
        await server.ReadExactlyAsync(one);
        await server.WriteAsync(one);
        await client.ReadExactlyAsync(one);
    }

    // A stream out of two.
    private sealed class Duplex(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            output.Dispose();
        }
    }
}
