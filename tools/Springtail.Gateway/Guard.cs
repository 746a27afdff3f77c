using System;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Springtail.Gateway;

/// <summary>Who is answered over HTTP, and what a browser may do with the answer.</summary>
internal static class Guard
{
    /// <summary>A header that pages of other sites cannot send: whatever changes something has it.</summary>
    public const string PageHeader = "Springtail-Page";

    // Everything comes from the gateway itself; no script or style stands in the page, and text never becomes markup.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>Requests at a loopback address name it: the name of another site that leads here is refused.</summary>
    public static void AddGuard(this IServiceCollection services, IPEndPoint at)
    {
        services.Configure<HostFilteringOptions>(o =>
        {
            o.AllowEmptyHosts = false;
            o.AllowedHosts = IPAddress.IsLoopback(at.Address) ? ["localhost", "127.0.0.1", "[::1]", at.Address.ToString()] : ["*"];
        });
    }

    /// <summary>Before anything that answers.</summary>
    public static void UseGuard(this WebApplication app, string? password)
    {
        app.Use((context, next) =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.CacheControl = "no-cache";
            return next(context);
        });
        app.UseHostFiltering();
        if (password != null)
        {
            byte[] expected = SHA256.HashData(Encoding.UTF8.GetBytes(password));
            app.Use((context, next) => HasPassword(context.Request, expected) ? next(context) : RefuseAsync(context.Response));
        }
    }

    /// <summary>The request comes from the page, or from a program that says it does; never from a page of another site.</summary>
    public static bool IsFromPage(HttpRequest request)
    {
        StringValues origin = request.Headers.Origin;
        return request.Headers.ContainsKey(PageHeader)
            && request.Headers["Sec-Fetch-Site"] is { Count: 0 } or ["same-origin"] or ["none"]
            && (origin.Count == 0 || (origin.Count == 1 && Uri.TryCreate(origin[0], UriKind.Absolute, out Uri? from) && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)));
    }

    private static bool HasPassword(HttpRequest request, byte[] expected)
    {
        const string scheme = "Basic ";
        byte[] given = [];
        if (request.Headers.Authorization is [string header] && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            // Whatever user comes before the first colon.
            byte[] bytes = new byte[header.Length];
            int length = Convert.TryFromBase64String(header[scheme.Length..], bytes, out int written) ? written : 0;
            int colon = bytes.AsSpan(0, length).IndexOf((byte)':');
            given = colon < 0 ? [] : bytes[(colon + 1)..length];
        }

        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(given), expected);
    }

    private static Task RefuseAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = "Basic realm=\"Springtail gateway\", charset=\"UTF-8\"";
        return response.WriteAsync("The gateway's password is needed; the user may be any.\n");
    }
}
