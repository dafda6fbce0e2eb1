using System.Buffers;
using System.Globalization;
using System.Net;

namespace Toystore.Core.Placement;

/// <summary>
/// Where something listens: a host (a name or an address, in lower case; an IPv6 address without its brackets, in its shortest form) and a TCP port, 1 to 65535. One spelling each,
/// so that equal texts are equal places; a name is never resolved here.
/// </summary>
public readonly record struct Endpoint(string Host, int Port)
{
    /// <summary>The longest host, in characters (RFC 1035 §2.3.4).</summary>
    public const int HostCharsMax = 253;

    private static readonly SearchValues<char> PlainAddress = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>True if the host is spelled as <see cref="TryParse"/> spells it and the port is in range.</summary>
    public bool IsValid => Port is > 0 and <= ushort.MaxValue && TrySpell(Host, out var spelled) && spelled == Host;

    /// <summary>Reads <c>host:port</c> and <c>[IPv6]:port</c>. False for anything else: no port, an IPv6 address without brackets or with a scope (it means something only on one machine).</summary>
    public static bool TryParse(string? text, out Endpoint endpoint)
    {
        endpoint = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > ushort.MaxValue)
        {
            return false;
        }

        var host = text![..colon];
        var bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        host = bracketed ? host[1..^1] : host;
        if (bracketed != host.Contains(':', StringComparison.Ordinal) || !TrySpell(host, out var spelled))
        {
            return false;
        }

        endpoint = new Endpoint(spelled, port);
        return true;
    }

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public override string ToString() =>
        Host is not null && Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static bool TrySpell(string? host, out string spelled)
    {
        spelled = "";
        if (host is not { Length: > 0 and <= HostCharsMax })
        {
            return false;
        }

        if (host.Contains(':', StringComparison.Ordinal))
        {
            // Checked first: given a scope, the parser would ask the machine for its network interfaces.
            var isPlain = !host.AsSpan().ContainsAnyExcept(PlainAddress);
            spelled = isPlain && IPAddress.TryParse(host, out var address) ? address.ToString() : "";
            return spelled.Length > 0;
        }

        foreach (var c in host)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        spelled = string.Create(host.Length, host, static (to, from) => from.AsSpan().ToLowerInvariant(to));
        return true;
    }
}
