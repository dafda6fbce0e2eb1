using System.Globalization;
using Toystore.Core;

namespace Toystore.Cli.Serve;

/// <summary>A member in one line: <c>n2,peer=10.0.0.2:9101,http=10.0.0.2:8101,redis=10.0.0.2:7101,zone=b,weight=2</c>. Only the id and <c>peer</c> must be there.</summary>
internal static class MemberText
{
    /// <summary>Where members stand that do not say.</summary>
    public const string DefaultZone = "default";

    private const int WeightMax = Toystore.Core.Placement.Member.WeightMax;

    /// <summary>False, and a sentence without the place, if the text is no member.</summary>
    public static bool TryParse(string text, out ServeMember member, out string problem)
    {
        member = null!;
        problem = "";
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (!NodeId.TryParse(parts[0], out var id))
        {
            problem = $"'{parts[0]}' is no node id: write n and a hexadecimal number from 1, like n1 or n2f.";
            return false;
        }

        NodeAddress? peer = null, http = null, redis = null;
        var zone = DefaultZone;
        var weight = 1;
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (part, "") : (part[..equals], part[(equals + 1)..]);
            var understood = name switch
            {
                "peer" => NodeAddress.TryParse(value, out peer!),
                "http" => NodeAddress.TryParse(value, out http!),
                "redis" => NodeAddress.TryParse(value, out redis!),
                "zone" => (zone = value).Length > 0,
                "weight" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out weight) && weight is >= 1 and <= WeightMax,
                _ => false,
            };
            if (!understood)
            {
                problem = name switch
                {
                    "peer" or "http" or "redis" => $"{name} of {id} is '{value}', which is no address: write it like 127.0.0.1:9101.",
                    "zone" => $"zone of {id} is empty: name it, or leave it out.",
                    "weight" => $"weight of {id} is '{value}': it is a whole number, 1 to {WeightMax}.",
                    _ => $"{id} has a '{name}' that means nothing here: the known ones are id, peer, http, redis, zone and weight.",
                };
                return false;
            }
        }

        if (peer is null)
        {
            problem = $"{id} has no peer address, where the other nodes find it.";
            return false;
        }

        member = new ServeMember(id, zone, weight, peer, http, redis);
        return true;
    }
}
