using System;
using System.Collections.Generic;

namespace Springtail.Hosting;

/// <summary>How a hosted listener is set up: by code, or by the section <c>Springtail</c> of the host's configuration.</summary>
public sealed class SpringtailListenerOptions
{
    /// <summary>A folder of PSK files, one for each peer; a file's name is the peer's. Null for none.</summary>
    public string? KeyFolder { get; set; }

    /// <summary>Keys by the peers' names, each 16 to 64 bytes in hex, besides those of the folder. Keep them in a secret store rather than in a settings file.</summary>
    public IDictionary<string, string> Keys { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Ports, limits and the rest: those of <see cref="ChannelOptions.ForServer"/> unless they are set. Its keys are taken from <see cref="KeyFolder"/> and
    /// <see cref="Keys"/> where there are any.
    /// </summary>
    public ChannelOptions Channel { get; set; } = ChannelOptions.ForServer();

    /// <summary>
    /// How long a handler may take over one message before its token is cancelled and the health check says Degraded; null, the default, for no limit.
    /// </summary>
    public TimeSpan? HandlerTimeout { get; set; }
}
