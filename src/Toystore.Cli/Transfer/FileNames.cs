using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Toystore.Core;

namespace Toystore.Cli.Transfer;

/// <summary>
/// Keys as paths below a directory, and back. A key's <c>/</c> separates directories. Bytes that would lead out of the directory, or that no file name can have, are percent-encoded: segments <c>.</c> and
/// <c>..</c>, empty segments, NUL, bytes that are no UTF-8, what this system's file names exclude. A <c>%</c> stays as it is, so names survive a round trip; two keys that meet on one path are told apart by the caller.
/// </summary>
internal static class FileNames
{
    /// <summary>The longest file name of common file systems, in bytes.</summary>
    private const int NameBytesMax = 255;

    private static readonly char[] Excluded = Path.GetInvalidFileNameChars();

    /// <summary>
    /// The relative path of a key, with <see cref="Path.DirectorySeparatorChar"/>, after <paramref name="skip"/> bytes of prefix; null, and the reason, if no file can have it.
    /// <paramref name="escaped"/> is true if the path is not simply the key.
    /// </summary>
    public static string? PathOf(Key key, int skip, out bool escaped, out string reason)
    {
        reason = "";
        escaped = false;
        var rest = key.Span[skip..];
        if (rest.IsEmpty)
        {
            reason = "nothing is left of the key after the prefix";
            return null;
        }

        var path = new StringBuilder();
        while (true)
        {
            var slash = rest.IndexOf((byte)'/');
            var name = NameOf(slash < 0 ? rest : rest[..slash], ref escaped);
            if (Encoding.UTF8.GetByteCount(name) > NameBytesMax)
            {
                reason = $"a part between slashes is longer than the {NameBytesMax} bytes a file name can have";
                return null;
            }

            path.Append(name);
            if (slash < 0)
            {
                return path.ToString();
            }

            path.Append(Path.DirectorySeparatorChar);
            rest = rest[(slash + 1)..];
        }
    }

    /// <summary>The key of a relative path; null if it is empty or too long.</summary>
    public static Key? KeyOf(string prefix, string relativePath) =>
        Key.TryCreate(Encoding.UTF8.GetBytes(prefix + (Path.DirectorySeparatorChar == '/' ? relativePath : relativePath.Replace(Path.DirectorySeparatorChar, '/'))), out var key) ? key : default(Key?);

    private static string NameOf(ReadOnlySpan<byte> segment, ref bool escaped)
    {
        if (segment.IsEmpty)
        {
            escaped = true;
            return "%2F";
        }

        if (segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
        {
            escaped = true;
            return segment.Length == 1 ? "%2E" : "%2E%2E";
        }

        if (Utf8.IsValid(segment) && Encoding.UTF8.GetString(segment) is var plain && plain.IndexOfAny(Excluded) < 0)
        {
            return plain;
        }

        escaped = true;
        var name = new StringBuilder();
        while (!segment.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(segment, out var rune, out var length);
            if (status == System.Buffers.OperationStatus.Done && (!rune.IsBmp || !Excluded.Contains((char)rune.Value)))
            {
                name.Append(rune.ToString());
            }
            else
            {
                foreach (var b in segment[..length])
                {
                    name.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
                }
            }

            segment = segment[length..];
        }

        return name.ToString();
    }
}
