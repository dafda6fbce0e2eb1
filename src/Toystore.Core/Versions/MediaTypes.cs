using System.Text;

namespace Toystore.Core.Versions;

/// <summary>The content types nearly every value has, so that reading one allocates no string.</summary>
internal static class MediaTypes
{
    private static readonly (byte[] Utf8, string Text)[] Common =
        [.. new[] { "application/octet-stream", "application/json", "text/plain", "text/plain; charset=utf-8", "application/json; charset=utf-8", "application/x-www-form-urlencoded", "text/html", "image/png" }
            .Select(text => (Encoding.UTF8.GetBytes(text), text))];

    public static string Intern(ReadOnlySpan<byte> utf8)
    {
        foreach (var (bytes, text) in Common)
        {
            if (utf8.SequenceEqual(bytes))
            {
                return text;
            }
        }

        return Encoding.UTF8.GetString(utf8);
    }
}
