using System.Globalization;

namespace Toystore.Core;

/// <summary>
/// Who a node is, for as long as its data lives: a number from 1, written <c>n</c> and lower-case hexadecimal (<c>n1</c>, <c>n3fa9</c>). 0 is nobody.
/// </summary>
public readonly record struct NodeId(ulong Value) : IComparable<NodeId>
{
    /// <summary>Reads what <see cref="ToString"/> writes; false for anything else, such as <c>n0</c>, <c>n07</c> and <c>nA</c>: a node has one name.</summary>
    public static bool TryParse(string? text, out NodeId id)
    {
        id = default;
        if (text is not { Length: > 1 and <= 17 } || text[0] != 'n' || text[1] == '0' || text.AsSpan(1).ContainsAnyInRange('A', 'F'))
        {
            return false;
        }

        if (!ulong.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        id = new NodeId(value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => "n" + Value.ToString("x", CultureInfo.InvariantCulture);
}
