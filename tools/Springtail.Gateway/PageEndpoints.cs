using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.ServerSentEvents;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Springtail.Gateway;

/// <summary>The page: its files, which the assembly carries; what it is told; what it sends down.</summary>
internal static class PageEndpoints
{
    /// <summary>The longest message that may be sent down from the page, in bytes.</summary>
    public const int LongestDown = 16384;

    private const string Resources = "Page/";

    private static readonly Dictionary<string, string> s_types = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [""] = "text/plain; charset=utf-8",
    };

    public static void MapPage(this WebApplication app)
    {
        foreach (string resource in typeof(PageEndpoints).Assembly.GetManifestResourceNames().Where(r => r.StartsWith(Resources, StringComparison.Ordinal)))
        {
            using Stream stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream(resource)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            string path = resource[Resources.Length..];
            string type = s_types[Path.GetExtension(path)];
            app.MapGet("/" + (path == "index.html" ? "" : path), () => TypedResults.Bytes(bytes, type));
        }

        app.MapGet("/events", Events);
        app.MapPost("/down/{device}", DownAsync);
    }

    private static IResult Events(HttpContext context, Feed feed, string? device, string? filter)
    {
        if (device != null && !DeviceName.IsValid(device))
        {
            return TypedResults.BadRequest($"A device's name has {DeviceName.Rule}.");
        }

        if (!feed.Enter())
        {
            return TypedResults.Text($"There are {Feed.MostViewers} viewers already.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        context.Response.RegisterForDispose(new Viewer(feed));
        return TypedResults.ServerSentEvents(feed.ReadAsync(device, filter ?? "", context.RequestAborted));
    }

    private static async Task<IResult> DownAsync(HttpRequest request, string device, KeyFolder keys, BrokerLink link)
    {
        if (!Guard.IsFromPage(request))
        {
            return TypedResults.Text($"Messages go down from the gateway's own page, or with the header {Guard.PageHeader}.", statusCode: StatusCodes.Status403Forbidden);
        }

        if (!keys.Names.Contains(device, StringComparer.Ordinal))
        {
            return TypedResults.Text("There is no device of that name.", statusCode: StatusCodes.Status404NotFound);
        }

        using MemoryStream message = new();
        try
        {
            await request.Body.CopyToAsync(message);
        }
        catch (BadHttpRequestException e)
        {
            return TypedResults.Text($"The message did not come as a whole, or has more than {LongestDown} bytes.", statusCode: e.StatusCode);
        }

        return await link.SendDownAsync(device, message.ToArray(), 0) switch
        {
            DownResult.Taken => TypedResults.Text("On its way: it goes down once the device is awake."),
            DownResult.NobodyListens => TypedResults.Text("No gateway has had this device yet: it must connect once.", statusCode: StatusCodes.Status409Conflict),
            _ => TypedResults.Text("The broker does not answer: nothing was sent.", statusCode: StatusCodes.Status503ServiceUnavailable),
        };
    }

    private sealed class Viewer(Feed feed) : IDisposable
    {
        public void Dispose() => feed.Leave();
    }
}
