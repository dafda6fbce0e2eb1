using System.Text.RegularExpressions;

namespace Toystore.Tests.Tidy;

/// <summary>The house rules that no compiler holds. Each failure names the place and the rule (CONTRIBUTING.md says why).</summary>
public sealed partial class TidyTests
{
    private static readonly string[] Code = ["src", "tests", "bench"];

    [Fact]
    public void The_core_does_no_io_waits_for_nothing_and_logs_nothing() =>
        NoLine(["src/Toystore.Core"], OutsideWorld(), "Core is told what happened and says what to do: no I/O, tasks, clocks or loggers");

    [Fact]
    public void The_core_has_no_packages() => Assert.DoesNotContain("Reference Include", Sources.Text("src/Toystore.Core/Toystore.Core.csproj"), StringComparison.Ordinal);

    [Theory]
    [InlineData("Toystore.Core")]
    [InlineData("Toystore.Abstractions", "Toystore.Core")]
    [InlineData("Toystore.Storage", "Toystore.Core")]
    [InlineData("Toystore.Node", "Toystore.Abstractions", "Toystore.Storage")]
    [InlineData("Toystore.Server", "Toystore.Node")]
    [InlineData("Toystore.Client", "Toystore.Abstractions")]
    [InlineData("Toystore.Cli", "Toystore.Server", "Toystore.Client")]
    public void Dependencies_point_inwards(string project, params string[] allowed)
    {
        var referenced = ProjectReference().Matches(Sources.Text($"src/{project}/{project}.csproj")).Select(match => match.Groups[1].Value);
        Assert.Equal(allowed.Order(), referenced.Order());
    }

    [Fact]
    public void Nothing_is_left_for_later() => NoLine(Code, Unfinished(), "finish it, or say in the documentation that it is not there", except: "Tidy/");

    [Fact]
    public void A_suppressed_warning_says_why() => NoLine(Code, BarePragma(), "a #pragma needs its reason on the same line");

    [Fact]
    public void Files_stay_small_enough_to_be_one_idea() =>
        Nothing(Sources.Files(["src"], ".cs").Where(path => Sources.Lines(path).Length > 400), "over 400 lines: which two ideas are in it?");

    [Fact]
    public void Names_say_what_things_are() =>
        Nothing(Sources.Files(["src"], ".cs").Where(path => EmptyName().IsMatch(Path.GetFileName(path))), "Manager, Helper, Util, Data, Info, Impl say nothing: name the thing");

    [Fact]
    public void What_is_logged_stands_in_the_features_Log_file() =>
        Nothing(
            Sources.Files(["src"], ".cs").Where(path => Path.GetFileName(path) != "Log.cs" && Sources.Text(path).Contains("[LoggerMessage", StringComparison.Ordinal)),
            "[LoggerMessage] belongs into Log.cs, so that one file lists everything a feature can say");

    [Fact]
    public void Log_events_have_numbers_of_their_own() =>
        Nothing(
            Sources.Files(["src"], "Log.cs").SelectMany(path => EventId().Matches(Sources.Text(path)).Select(match => (Id: match.Groups[1].Value, path))).GroupBy(log => log.Id).Where(same => same.Count() > 1)
                .Select(same => $"{same.Key}: {string.Join(", ", same.Select(log => log.path))}"),
            "two log messages share a number");

    [Fact]
    public void A_package_is_justified_where_its_version_stands()
    {
        var lines = Sources.Lines("Directory.Packages.props");
        Nothing(
            lines.Index().Where(line => line.Item.Contains("<PackageVersion", StringComparison.Ordinal))
                .Where(line => !lines.Take(line.Index).Reverse().TakeWhile(above => above.Contains("<!--", StringComparison.Ordinal) || above.Contains("<PackageVersion", StringComparison.Ordinal))
                    .Any(above => above.Contains("<!--", StringComparison.Ordinal)))
                .Select(line => line.Item.Trim()),
            "no comment above it says what it is for");
    }

    [Fact]
    public void Links_in_the_documentation_lead_somewhere() =>
        Nothing(
            from path in Sources.Files(["."], ".md")
            from Match link in Link().Matches(Sources.Text(path))
            let target = link.Groups[1].Value
            where !target.Contains("://", StringComparison.Ordinal) && target.Length > 0
            where !Path.Exists(Path.Combine(Sources.Root, Path.GetDirectoryName(path)!, target))
            select $"{path}: {target}",
            "the link leads nowhere");

    [Fact]
    public void Files_that_the_documentation_names_are_there() =>
        Nothing(
            from path in Sources.Files(["."], ".md")
            where Path.GetFileName(path) != "CHANGELOG.md"
            from Match name in NamedFile().Matches(Sources.Text(path))
            where !Path.Exists(Path.Combine(Sources.Root, name.Groups[1].Value))
            select $"{path}: {name.Groups[1].Value}",
            "no such file: was it renamed?");

    private static void NoLine(string[] folders, Regex forbidden, string rule, string except = "\0") =>
        Nothing(
            from path in Sources.Files(folders, ".cs")
            where !path.Contains(except, StringComparison.Ordinal)
            from line in Sources.Lines(path).Index()
            where forbidden.IsMatch(line.Item)
            select $"{path}:{line.Index + 1}: {line.Item.Trim()}",
            rule);

    private static void Nothing(IEnumerable<string> offenders, string rule)
    {
        var found = offenders.ToList();
        Assert.True(found.Count == 0, $"{rule}\n{string.Join('\n', found)}");
    }

    [GeneratedRegex(@"^\s*(using System\.IO\b|using System\.Net\b(?!;)|using Microsoft\.Extensions)|\b(Task|ValueTask|ILogger|TimeProvider|File|Thread|async|await)\b(?=[ <.(])(?<!//.*)")]
    private static partial Regex OutsideWorld();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|Skip\s*=\s*""")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"#pragma warning disable [A-Z0-9, ]+$")]
    private static partial Regex BarePragma();

    [GeneratedRegex(@"(Manager|Helper|Helpers|Util|Utils|Data|Info|Impl)\.cs$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\[LoggerMessage\((\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"ProjectReference Include=""\.\./[^/]+/([^""/]+)\.csproj""")]
    private static partial Regex ProjectReference();

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|tests|bench|docs|deploy)/[\w./-]+\.(?:cs|md|csproj|json|props|sh))`")]
    private static partial Regex NamedFile();
}
