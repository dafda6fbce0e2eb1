using System.Text;
using CsCheck;
using Toystore.Cli.Transfer;
using Toystore.Core;

namespace Toystore.Tests.Cli.Transfer;

public sealed class FileNamesTests
{
    [Theory] // slashes as on Linux
    [InlineData("a", "a", false)]
    [InlineData("a/b c/ä€😀", "a/b c/ä€😀", false)]
    [InlineData("100%", "100%", false)]
    [InlineData("a:b\\c\n", "a:b\\c\n", false)]
    [InlineData("...", "...", false)]
    [InlineData("..", "%2E%2E", true)]
    [InlineData(".", "%2E", true)]
    [InlineData("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd", true)]
    [InlineData("a/../b", "a/%2E%2E/b", true)]
    [InlineData("/etc/passwd", "%2F/etc/passwd", true)]
    [InlineData("a//b", "a/%2F/b", true)]
    [InlineData("a/", "a/%2F", true)]
    [InlineData("a\0b", "a%00b", true)]
    public void A_key_is_a_path_that_stays_inside(string key, string path, bool escaped)
    {
        Assert.Equal(path, FileNames.PathOf(key, 0, out var wasEscaped, out _)?.Replace(Path.DirectorySeparatorChar, '/'));
        Assert.Equal(escaped, wasEscaped);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_escaped_one_by_one() =>
        Assert.Equal("ä%FF%00b", FileNames.PathOf(Key.From(new byte[] { 0xc3, 0xa4, 0xff, 0, (byte)'b' }), 0, out _, out _));

    [Fact]
    public void The_prefix_is_no_part_of_the_name() => Assert.Equal("b", FileNames.PathOf("site/b", 5, out _, out _));

    [Fact]
    public void A_prefix_that_ends_before_a_slash_does_not_make_the_path_absolute() => Assert.Equal("%2F/b", FileNames.PathOf("site/b", 4, out _, out _)?.Replace(Path.DirectorySeparatorChar, '/'));

    [Fact]
    public void A_key_that_is_only_the_prefix_has_no_file()
    {
        Assert.Null(FileNames.PathOf("site/", 5, out _, out var reason));
        Assert.Contains("nothing is left", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_is_too_long_for_a_file_name_has_no_file()
    {
        Assert.NotNull(FileNames.PathOf(new string('a', 255), 0, out _, out _));
        Assert.Null(FileNames.PathOf(new string('a', 256), 0, out _, out var reason));
        Assert.Contains("255", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void No_key_leads_out_of_the_directory() => Gen.Int[0, 4].Select(i => "./\0a\u00ff"[i]).Select(c => (byte)c).Array[1, 12].Sample(
        bytes =>
        {
            var root = Path.Combine(Path.GetTempPath(), "root");
            var path = FileNames.PathOf(Key.From(bytes), 0, out _, out _)!;
            Assert.StartsWith(root + Path.DirectorySeparatorChar, Path.GetFullPath(Path.Combine(root, path)), StringComparison.Ordinal);
        });

    [Fact]
    public void A_path_is_a_key_behind_the_prefix() =>
        Assert.Equal("p:a/b", Encoding.UTF8.GetString(FileNames.KeyOf("p:", Path.Combine("a", "b"))!.Value.Span));

    [Fact]
    public void A_path_too_long_for_a_key_has_none() => Assert.Null(FileNames.KeyOf("", new string('a', 4097)));
}
