using System.Globalization;

namespace Toystore.Cli.Commands;

/// <summary>Numbers for people.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Bytes with a unit and three digits: <c>1.50 GiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; unit++)
        {
            bytes /= 1024;
        }

        var format = unit == 0 || bytes >= 100 ? "0" : bytes >= 10 ? "0.0" : "0.00";
        return bytes.ToString(format, CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>A number with separated thousands.</summary>
    public static string Count(double number) => number.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>A length of time from its seconds: <c>3d 4h</c>, <c>2m 5s</c>, <c>1.25s</c>.</summary>
    public static string Time(double seconds)
    {
        var span = TimeSpan.FromSeconds(seconds);
        return span switch
        {
            { TotalDays: >= 1 } => FormattableString.Invariant($"{span.Days}d {span.Hours}h"),
            { TotalHours: >= 1 } => FormattableString.Invariant($"{span.Hours}h {span.Minutes}m"),
            { TotalMinutes: >= 1 } => FormattableString.Invariant($"{span.Minutes}m {span.Seconds}s"),
            _ => FormattableString.Invariant($"{seconds:0.##}s"),
        };
    }
}
