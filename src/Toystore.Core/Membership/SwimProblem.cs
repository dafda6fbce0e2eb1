using System.Globalization;

namespace Toystore.Core.Membership;

/// <summary>An option that is out of its range.</summary>
/// <param name="Option">Its name, a property of <see cref="SwimOptions"/>.</param>
/// <param name="Value">What it is, with its unit.</param>
/// <param name="Range">What it may be, with units.</param>
/// <param name="Because">Why the range ends where it does, if another option decides that; otherwise null.</param>
public sealed record SwimProblem(string Option, string Value, string Range, string? Because)
{
    /// <summary>The same in a sentence, under another name of the option.</summary>
    public string Sentence(string name) => $"{name} is {Value}; it must be {Range}{(Because is null ? "" : $" ({Because})")}.";

    /// <inheritdoc/>
    public override string ToString() => Sentence(Option);

    /// <summary>A number or a length of time as it stands in messages.</summary>
    internal static string Text(object value) => value is TimeSpan span
        ? span.TotalSeconds < 1 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.#} ms") : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s")
        : string.Create(CultureInfo.InvariantCulture, $"{value}");
}
