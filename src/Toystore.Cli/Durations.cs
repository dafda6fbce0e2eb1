using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Toystore.Cli;

/// <summary>Lengths of time as people write them: <c>250ms</c>, <c>2s</c>, <c>1.5m</c>, <c>24h</c>, <c>7d</c>; a bare number is seconds.</summary>
internal static class Durations
{
    private static readonly (string Suffix, double Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000)];

    /// <summary>False unless a positive number and one of the units, 1 ms to 100 years.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (suffix, milliseconds) in Units)
        {
            if (text is not null && text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                var total = number * milliseconds;
                duration = total is >= 1 and <= 100 * 366 * 86_400_000.0 ? TimeSpan.FromMilliseconds(total) : default;
                return duration > TimeSpan.Zero;
            }
        }

        return false;
    }

    /// <summary>An option that takes a length of time.</summary>
    public static Option<TimeSpan?> Option(string name, string description, TimeSpan? byDefault = null)
    {
        var option = new Option<TimeSpan?>(name)
        {
            Description = description,
            HelpName = "DURATION",
            CustomParser = Parse,
        };
        if (byDefault is { } given)
        {
            option.DefaultValueFactory = _ => given;
        }

        return option;
    }

    private static TimeSpan? Parse(ArgumentResult result)
    {
        if (TryParse(result.Tokens.Count == 1 ? result.Tokens[0].Value : null, out var duration))
        {
            return duration;
        }

        result.AddError($"'{string.Join(' ', result.Tokens)}' is no length of time: write it like 250ms, 2s, 5m, 24h or 7d.");
        return null;
    }
}
