using Toystore.Server.Http;

namespace Toystore.Tests.Server.Http;

public sealed class OutcomeTests
{
    private static readonly ContextToken Context = new("t");

    public static TheoryData<string, ReadOutcome, int, string, string?> Reads => new()
    {
        { "not found", new ReadOutcome.NotFound(null), 404, "not-found", null },
        { "deleted", new ReadOutcome.NotFound(Context), 404, "not-found", null },
        { "unavailable", new ReadOutcome.Unavailable(2, 1, "Start more."), 503, "unavailable", "1" },
        { "overloaded", new ReadOutcome.Overloaded(TimeSpan.FromMilliseconds(1200)), 429, "overloaded", "2" },
        { "overloaded for a moment", new ReadOutcome.Overloaded(TimeSpan.Zero), 429, "overloaded", "1" },
        { "invalid", new ReadOutcome.Invalid("R is 9 of 3."), 400, "invalid", null },
    };

    public static TheoryData<string, WriteOutcome, int, string, string?> Writes => new()
    {
        { "precondition", new WriteOutcome.PreconditionFailed(Context), 412, "precondition-failed", null },
        { "precondition, nothing there", new WriteOutcome.PreconditionFailed(null), 412, "precondition-failed", null },
        { "unavailable", new WriteOutcome.NotDone(NotDoneReason.Unavailable, "Start more."), 503, "unavailable", "1" },
        { "overloaded", new WriteOutcome.NotDone(NotDoneReason.Overloaded, "Wait."), 429, "overloaded", "1" },
        { "disk full", new WriteOutcome.NotDone(NotDoneReason.DiskFull, "Make room."), 503, "disk-full", "30" },
        { "read-only", new WriteOutcome.NotDone(NotDoneReason.ReadOnly, "Look at the disk."), 503, "read-only", "30" },
        { "siblings", new WriteOutcome.NotDone(NotDoneReason.TooManySiblings, "Read first."), 409, "too-many-siblings", null },
        { "too large", new WriteOutcome.NotDone(NotDoneReason.TooLarge, "Cut it."), 413, "too-large", null },
        { "unknown", new WriteOutcome.Unknown(2, 1, "Send it again."), 504, "unknown", null },
        { "invalid", new WriteOutcome.Invalid("That is no context."), 400, "invalid", null },
    };

    public static TheoryData<string, ListOutcome, int, string, string?> Lists => new()
    {
        { "unavailable", new ListOutcome.Unavailable("Start more."), 503, "unavailable", "1" },
        { "overloaded", new ListOutcome.Overloaded(TimeSpan.FromSeconds(3)), 429, "overloaded", "3" },
        { "invalid", new ListOutcome.Invalid("R is 9 of 3."), 400, "invalid", null },
    };

    [Theory]
    [MemberData(nameof(Reads), DisableDiscoveryEnumeration = true)]
    public async Task A_read_that_finds_nothing_says_why(string what, ReadOutcome outcome, int status, string problem, string? retryAfter)
    {
        Assert.NotEmpty(what);
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = outcome;
        foreach (var target in new[] { "/v1/keys/k", "/k" })
        {
            var reply = await door.Get(target);
            Assert.Equal((status, problem, retryAfter), (reply.Status, reply.Problem, reply.Header("Retry-After")));
        }
    }

    [Theory]
    [MemberData(nameof(Writes), DisableDiscoveryEnumeration = true)]
    public async Task A_write_that_is_not_done_says_why_whichever_way_it_came(string what, WriteOutcome outcome, int status, string problem, string? retryAfter)
    {
        Assert.NotEmpty(what);
        await using var door = await Door.OpenAsync();
        door.Store.NextWrite = outcome;
        foreach (var reply in new[]
        {
            await door.Put("/v1/keys/k", "v"),
            await door.Send("DELETE", "/v1/keys/k"),
            await door.Send("POST", "/", new FormUrlEncodedContent([new("key", "k"), new("value", "v")])),
        })
        {
            Assert.Equal((status, problem, retryAfter), (reply.Status, reply.Problem, reply.Header("Retry-After")));
            Assert.Equal((outcome as WriteOutcome.PreconditionFailed)?.Context?.Text, reply.Header("Toystore-Context"));
        }
    }

    [Theory]
    [MemberData(nameof(Lists), DisableDiscoveryEnumeration = true)]
    public async Task A_listing_that_fails_says_why(string what, ListOutcome outcome, int status, string problem, string? retryAfter)
    {
        Assert.NotEmpty(what);
        await using var door = await Door.OpenAsync();
        door.Store.NextList = outcome;
        var reply = await door.Get("/v1/keys");
        Assert.Equal((status, problem, retryAfter), (reply.Status, reply.Problem, reply.Header("Retry-After")));
    }

    [Fact]
    public void Every_outcome_that_is_not_a_success_is_in_these_tables()
    {
        Assert.Equal(Kinds<ReadOutcome>(typeof(ReadOutcome.Found)), Reads.Select(row => row.Data.Item2.GetType()).ToHashSet());
        Assert.Equal(Kinds<WriteOutcome>(typeof(WriteOutcome.Done)), Writes.Select(row => row.Data.Item2.GetType()).ToHashSet());
        Assert.Equal(Kinds<ListOutcome>(typeof(ListOutcome.Page)), Lists.Select(row => row.Data.Item2.GetType()).ToHashSet());
        Assert.Equal(Enum.GetValues<NotDoneReason>().ToHashSet(), Writes.Select(row => row.Data.Item2).OfType<WriteOutcome.NotDone>().Select(notDone => notDone.Reason).ToHashSet());
    }

    [Fact]
    public async Task What_was_needed_and_what_was_got_are_told()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextWrite = new WriteOutcome.Unknown(2, 1, "Send it again.");
        var reply = (await door.Put("/v1/keys/k", "v")).Json;
        Assert.Equal((2, 1, "Send it again."), (reply.GetProperty("needed").GetInt32(), reply.GetProperty("got").GetInt32(), reply.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task What_was_deleted_has_a_context()
    {
        await using var door = await Door.OpenAsync();
        door.Store.NextRead = new ReadOutcome.NotFound(Context);
        Assert.Equal("t", (await door.Get("/v1/keys/k")).Header("Toystore-Context"));
    }

    [Fact]
    public async Task A_fault_of_the_store_is_a_500_that_tells_nothing_of_the_inside()
    {
        await using var door = await Door.OpenAsync();
        door.Store.Fault = new InvalidOperationException("secret");
        var reply = await door.Get("/v1/keys/k");
        Assert.Equal((500, "internal"), (reply.Status, reply.Problem));
        Assert.DoesNotContain("secret", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_the_node_gives_up_is_unknown()
    {
        await using var door = await Door.OpenAsync();
        door.Store.Fault = new OperationCanceledException();
        Assert.Equal((504, "unknown"), await StatusAndProblem(door.Put("/v1/keys/k", "v")));
        Assert.Equal((504, "unknown"), await StatusAndProblem(door.Send("DELETE", "/v1/keys/k")));
    }

    [Fact]
    public async Task A_read_that_the_node_gives_up_is_unavailable()
    {
        await using var door = await Door.OpenAsync();
        door.Store.Fault = new OperationCanceledException();
        Assert.Equal((503, "unavailable"), await StatusAndProblem(door.Get("/v1/keys/k")));
        Assert.Equal((503, "unavailable"), await StatusAndProblem(door.Get("/v1/keys")));
    }

    [Fact]
    public void A_success_is_not_a_problem() =>
        Assert.Throws<Toystore.Core.InvariantException>(() => Problem.Of(new WriteOutcome.Done(Context, 2, WriteDurability.Fsync)));

    private static async Task<(int Status, string Problem)> StatusAndProblem(Task<Reply> sending)
    {
        var reply = await sending;
        return (reply.Status, reply.Problem);
    }

    private static HashSet<Type> Kinds<T>(Type success) => [.. typeof(T).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(T)) && type != success)];
}
