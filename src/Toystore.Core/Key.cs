using System.Text;

namespace Toystore.Core;

/// <summary>
/// The name of a value: 1 to 4096 bytes, any bytes. Compared and ordered bytewise. Does not copy what it is given: the caller must not change the bytes afterwards.
/// </summary>
public readonly struct Key : IEquatable<Key>, IComparable<Key>
{
    /// <summary>The longest key, in bytes.</summary>
    public const int BytesMax = 4096;

    private readonly ReadOnlyMemory<byte> _bytes;

    private Key(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The bytes of the key.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>The bytes of the key.</summary>
    public ReadOnlySpan<byte> Span => _bytes.Span;

    /// <summary>Number of bytes; 0 only for <c>default</c>, which is not a key.</summary>
    public int Length => _bytes.Length;

    /// <summary>False if the bytes are empty or longer than <see cref="BytesMax"/>.</summary>
    public static bool TryCreate(ReadOnlyMemory<byte> bytes, out Key key)
    {
        key = bytes.Length is > 0 and <= BytesMax ? new Key(bytes) : default;
        return key.Length > 0;
    }

    /// <summary>The key with these bytes.</summary>
    /// <exception cref="ArgumentException">Empty, or longer than <see cref="BytesMax"/>.</exception>
    public static Key From(ReadOnlyMemory<byte> bytes) =>
        TryCreate(bytes, out var key)
            ? key
            : throw new ArgumentException($"A key has 1 to {BytesMax} bytes; this one has {bytes.Length}.", nameof(bytes));

    /// <summary>The key with the UTF-8 bytes of <paramref name="text"/>.</summary>
    /// <exception cref="ArgumentException">Empty, or longer than <see cref="BytesMax"/> bytes.</exception>
    public static Key From(string text) => From(Encoding.UTF8.GetBytes(text));

    /// <summary>A key from text, as <see cref="From(string)"/>.</summary>
    public static implicit operator Key(string text) => From(text);

    /// <inheritdoc/>
    public bool Equals(Key other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Key other && Equals(other);

    /// <summary>Differs from process to process (it resists chosen keys): for dictionaries, never to be stored or sent.</summary>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(Key other) => Span.SequenceCompareTo(other.Span);

    /// <summary>The key as text where it is UTF-8; other bytes show as replacement characters.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);

    /// <summary>Bytewise equality.</summary>
    public static bool operator ==(Key left, Key right) => left.Equals(right);

    /// <summary>Bytewise inequality.</summary>
    public static bool operator !=(Key left, Key right) => !left.Equals(right);
}
