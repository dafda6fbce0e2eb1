using System.CommandLine;
using System.Globalization;

namespace Toystore.Simulation.Programs;

/// <summary>Options whose errors say what would be right.</summary>
internal static class Choices
{
    /// <summary>A whole number between two bounds; null if it is not given.</summary>
    public static Option<ulong?> Whole(string name, string description, ulong least, ulong most) => new(name)
    {
        Description = description,
        HelpName = "NUMBER",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            {
                return number;
            }

            result.AddError(FormattableString.Invariant($"{name} is a whole number, {least} to {most}; '{text}' is not."));
            return null;
        },
    };

    /// <summary>A number of minutes; null if it is not given.</summary>
    public static Option<TimeSpan?> Minutes(string name, string description, double least) => new(name)
    {
        Description = description,
        HelpName = "MINUTES",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes >= least && minutes <= 100_000)
            {
                return TimeSpan.FromMinutes(minutes);
            }

            result.AddError(FormattableString.Invariant($"{name} is a number of minutes, {least} to 100000, such as 10 or 0.5; '{text}' is not."));
            return null;
        },
    };

    /// <summary>Numbers of faults, separated by commas, or <c>none</c>; null if it is not given.</summary>
    public static Option<IReadOnlyList<int>?> Faults(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "NUMBERS",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (text == "none")
            {
                return [];
            }

            var numbers = new List<int>();
            foreach (var part in text.Split(','))
            {
                if (!int.TryParse(part.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    result.AddError($"{name} takes the numbers of faults, separated by commas, as a report shows them: 3,7,9; or 'none'. '{text}' is neither.");
                    return null;
                }

                numbers.Add(number);
            }

            return numbers;
        },
    };
}
