namespace Toystore.EndToEnd;

/// <summary>The judge of the power cuts finds what it should.</summary>
public sealed class WriteHistoryTests
{
    private readonly WriteHistory _history = new();

    public WriteHistoryTests()
    {
        Write("one", isAcknowledged: true);
        Write("two", isAcknowledged: true, "one");
        Write("three", isAcknowledged: false, "two");
        Write("beside", isAcknowledged: true, "one");
        _history.Begin("key", "refused", []);
        _history.Refuse("key", "refused");
    }

    [Theory]
    [InlineData("two", "beside")]
    [InlineData("three", "beside")]
    [InlineData("three", "two", "beside")]
    public void What_may_be_is_accepted(params string[] shown) => Assert.Null(_history.Explain("key", shown.ToHashSet()));

    [Theory]
    [InlineData("'two' was acknowledged and is lost", "beside")]
    [InlineData("'two' was acknowledged and is lost", "one", "beside")]
    [InlineData("'beside' was acknowledged and is lost", "three")]
    [InlineData("'one' was acknowledged and is lost")]
    [InlineData("'one' was replaced by an acknowledged write and is back", "one", "two", "beside")]
    [InlineData("'other' was never written", "two", "beside", "other")]
    [InlineData("'refused' was not done", "two", "beside", "refused")]
    public void What_may_not_be_is_named(string problem, params string[] shown) => Assert.StartsWith(problem, _history.Explain("key", shown.ToHashSet()), StringComparison.Ordinal);

    [Theory]
    [InlineData(true, null, "'two' was replaced by an acknowledged write and is back", "beside", "two")]
    [InlineData(true, null, "'gone' was never written", "beside", "gone")]
    [InlineData(true, null, null, "beside")]
    [InlineData(false, true, null, "beside")]
    [InlineData(false, true, null, "beside", "two")]
    [InlineData(false, false, "'two' was acknowledged and is lost", "beside")]
    [InlineData(false, false, null, "beside", "two")]
    public void A_delete_shows_as_nothing_and_replaces_what_it_has_seen(bool isAcknowledged, bool? isUnknown, string? problem, params string[] shown)
    {
        _history.BeginDelete("key", "gone", ["two", "three"]);
        if (isAcknowledged)
        {
            _history.Acknowledge("key", "gone");
        }
        else if (isUnknown == false)
        {
            _history.Refuse("key", "gone");
        }

        var found = _history.Explain("key", shown.ToHashSet());
        Assert.Equal(problem, problem is null ? found : found?[..problem.Length]);
    }

    private void Write(string value, bool isAcknowledged, params string[] seen)
    {
        _history.Begin("key", value, seen);
        if (isAcknowledged)
        {
            _history.Acknowledge("key", value);
        }
    }
}
