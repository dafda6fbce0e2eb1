using System.Globalization;

namespace Toystore.Cli;

/// <summary>Where something listens: a host name or IP address, and a port.</summary>
internal sealed record NodeAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>, <c>[::1]:port</c>, or either behind <c>http://</c>.</summary>
    public static bool TryParse(string? text, out NodeAddress address)
    {
        address = new NodeAddress("", 0);
        var rest = text ?? "";
        rest = rest.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? rest["http://".Length..].TrimEnd('/') : rest;
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            return false;
        }

        var host = rest[..colon];
        host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            return false;
        }

        address = new NodeAddress(host, port);
        return true;
    }

    /// <summary>As an address of HTTP.</summary>
    public Uri ToUri() => new("http://" + this);

    /// <inheritdoc/>
    public override string ToString() => (Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host) + ":" + Port.ToString(CultureInfo.InvariantCulture);
}
