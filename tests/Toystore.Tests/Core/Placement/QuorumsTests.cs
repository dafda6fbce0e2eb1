using Toystore.Core.Placement;

namespace Toystore.Tests.Core.Placement;

public sealed class QuorumsTests
{
    [Theory] // N, R, W as chosen; owners; N, R, W in force
    [InlineData(3, 2, 2, 3, 3, 2, 2)]
    [InlineData(3, 1, 3, 3, 3, 1, 3)]
    [InlineData(3, 2, 2, 2, 2, 2, 2)]
    [InlineData(3, 2, 2, 1, 1, 1, 1)]
    [InlineData(5, 1, 1, 4, 4, 3, 3)]
    [InlineData(3, 2, 2, 5, 5, 3, 3)]
    public void Any_other_number_of_owners_than_N_has_its_majority(int n, int r, int w, int owners, int copies, int reads, int writes) =>
        Assert.Equal(new Quorums(copies, reads, writes), new Quorums(n, r, w).ForOwners(owners));

    [Theory]
    [InlineData(3, 2, 2, true)]
    [InlineData(3, 1, 3, true)]
    [InlineData(3, 1, 2, false)]
    [InlineData(1, 1, 1, true)]
    public void Quorums_overlap_if_R_and_W_are_more_than_N(int n, int r, int w, bool overlap) => Assert.Equal(overlap, new Quorums(n, r, w).Overlap);
}
