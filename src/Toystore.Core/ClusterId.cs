namespace Toystore.Core;

/// <summary>Which cluster: 128 bits chosen once, in every packet, so that two clusters never mix by accident.</summary>
public readonly record struct ClusterId(Guid Value)
{
    /// <summary>Reads a GUID in any of its usual forms; false for anything else and for the empty one.</summary>
    public static bool TryParse(string? text, out ClusterId id)
    {
        id = Guid.TryParse(text, out var value) ? new ClusterId(value) : default;
        return id.Value != Guid.Empty;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}
