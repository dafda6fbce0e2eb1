using System.Text;

namespace Toystore.Core.Versions;

/// <summary>What kind of value a sibling holds: a byte in every record, so that later kinds (hashes, sets, counters) need no new format.</summary>
public enum ValueKind : byte
{
    /// <summary>Opaque bytes.</summary>
    Bytes = 0,

    /// <summary>
    /// A delete: a write like any other, with a dot and no bytes, that shows as absence.
    /// </summary>
    Tombstone = 1,
}

/// <summary>
/// One live value of a key, with the dot of the write that made it. Immutable: the same dot names the same content everywhere and for ever.
/// </summary>
public sealed class Sibling
{
    /// <summary>The longest content type, in UTF-8 bytes.</summary>
    public const int ContentTypeBytesMax = 255;

    /// <summary>A live value. The content type and what a tombstone may hold were checked when they came in.</summary>
    public Sibling(Dot dot, ReadOnlyMemory<byte> value, string? contentType = null, UnixTime? expiresAt = null, Guid? requestId = null, ValueKind kind = ValueKind.Bytes)
    {
        Invariant.Require(contentType is null || contentType.Length <= ContentTypeBytesMax / 3 || Encoding.UTF8.GetByteCount(contentType) <= ContentTypeBytesMax, "a content type has at most 255 bytes");
        Invariant.Require(kind != ValueKind.Tombstone || (value.IsEmpty && contentType is null), "a tombstone has no content");
        Dot = dot;
        Value = value;
        ContentType = contentType;
        ExpiresAt = expiresAt;
        RequestId = requestId;
        Kind = kind;
    }

    /// <summary>The write that made it.</summary>
    public Dot Dot { get; }

    /// <summary>What it holds.</summary>
    public ValueKind Kind { get; }

    /// <summary>The bytes. Not copied.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The media type the writer gave, at most <see cref="ContentTypeBytesMax"/> bytes; null if none.</summary>
    public string? ContentType { get; }

    /// <summary>From this moment on the value is treated as absent; null for never.</summary>
    public UnixTime? ExpiresAt { get; }

    /// <summary>The caller's name for the write, so that a retry is the same write; null if none was given.</summary>
    public Guid? RequestId { get; }

    /// <summary>True if it shows as a value at <paramref name="now"/>: neither a tombstone nor expired.</summary>
    public bool IsVisible(UnixTime now) => Kind != ValueKind.Tombstone && !(ExpiresAt is { } at && at <= now);
}
