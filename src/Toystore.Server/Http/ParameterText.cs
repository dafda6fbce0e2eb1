using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Toystore.Core.Placement;

namespace Toystore.Server.Http;

/// <summary>What the text of each parameter means. Null text means null; a problem says which parameter is wrong and what would be right.</summary>
internal static class ParameterText
{
    private const int TimeoutMillisecondsMax = 60_000;
    private static readonly string[] Rfc3339 = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd't'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK"];

    public static bool TryCount(string name, string? text, int max, out int? count, [NotNullWhen(false)] out string? problem)
    {
        count = null;
        problem = null;
        if (text is null)
        {
            return true;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max)
        {
            count = number;
            return true;
        }

        problem = max == int.MaxValue
            ? $"{name} is '{text}'; it must be a whole number of owners, 1 or more."
            : $"{name} is '{text}'; it must be a whole number from 1 to {max}.";
        return false;
    }

    public static bool TryTimeout(string? text, out TimeSpan? timeout, [NotNullWhen(false)] out string? problem)
    {
        var good = TryCount("Toystore-Timeout (in milliseconds)", text, TimeoutMillisecondsMax, out var milliseconds, out problem);
        timeout = milliseconds is { } number ? TimeSpan.FromMilliseconds(number) : null;
        return good;
    }

    public static bool TryPolicy(string? text, out ConflictPolicy? policy, [NotNullWhen(false)] out string? problem)
    {
        (policy, problem) = text switch
        {
            null => ((ConflictPolicy?)null, (string?)null),
            "siblings" => (ConflictPolicy.Siblings, null),
            "lww" => (ConflictPolicy.LastWriteWins, null),
            _ => (null, $"Toystore-Policy is '{text}'; it must be 'siblings' or 'lww'."),
        };
        return problem is null;
    }

    public static bool TryDurability(string? text, out WriteDurability? durability, [NotNullWhen(false)] out string? problem)
    {
        (durability, problem) = text switch
        {
            null => ((WriteDurability?)null, (string?)null),
            "fsync" => (WriteDurability.Fsync, null),
            "os" => (WriteDurability.Os, null),
            _ => (null, $"Toystore-Durability is '{text}'; it must be 'fsync' or 'os'."),
        };
        return problem is null;
    }

    public static bool TrySloppy(string? text, out bool? sloppy, [NotNullWhen(false)] out string? problem)
    {
        (sloppy, problem) = text switch
        {
            null => ((bool?)null, (string?)null),
            "true" => (true, null),
            "false" => (false, null),
            _ => (null, $"Toystore-Sloppy is '{text}'; it must be 'true' or 'false'."),
        };
        return problem is null;
    }

    public static bool TryRequestId(string? text, out Guid? id, [NotNullWhen(false)] out string? problem)
    {
        id = null;
        problem = null;
        if (text is null)
        {
            return true;
        }

        if (Guid.TryParse(text.AsSpan().Trim('"'), out var guid))
        {
            id = guid;
            return true;
        }

        problem = $"Toystore-Request-Id (or Idempotency-Key) is '{text}'; it must be a UUID, such as 0192a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b.";
        return false;
    }

    public static bool TryExpiry(string? expiresAt, string? ttl, TimeProvider time, out DateTimeOffset? moment, [NotNullWhen(false)] out string? problem)
    {
        moment = null;
        problem = null;
        if (expiresAt is not null && ttl is not null)
        {
            problem = "Toystore-Expires-At and Toystore-TTL are both given; send one of them.";
        }
        else if (expiresAt is not null)
        {
            if (HasZone(expiresAt) && DateTimeOffset.TryParseExact(expiresAt, Rfc3339, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            {
                moment = at;
            }
            else
            {
                problem = $"Toystore-Expires-At is '{expiresAt}'; it must be a moment as RFC 3339 writes it, such as 2030-01-31T12:00:00.000Z.";
            }
        }
        else if (ttl is not null)
        {
            var now = time.GetUtcNow();
            if (decimal.TryParse(ttl, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                && seconds > 0 && seconds < (decimal)(DateTimeOffset.MaxValue - now).TotalSeconds - 1)
            {
                // A millisecond is the finest an expiry can be; a shorter life is rounded up to one.
                moment = now.AddMilliseconds(Math.Max(1, (double)(seconds * 1000)));
            }
            else
            {
                problem = $"Toystore-TTL is '{ttl}'; it must be a number of seconds above 0, such as 90 or 0.5.";
            }
        }

        return problem is null;
    }

    private static bool HasZone(string moment) => moment.Length > 6 && (moment[^1] is 'Z' or 'z' || moment[^6] is '+' or '-');
}
