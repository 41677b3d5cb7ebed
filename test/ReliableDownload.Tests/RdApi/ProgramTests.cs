using System.Net;
using System.Net.Sockets;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

public sealed class ProgramTests
{
    [Fact]
    public async Task Help_goes_to_standard_output()
    {
        await using var program = ProcessRunner.Start("rd-api", ["--help"]);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Contains("--web-root <DIR>", program.Output.Text);
        Assert.DoesNotContain("-h, --help", program.Output.Text);
        Assert.Equal("", program.Error.Text);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public async Task The_version_goes_to_standard_output(string option)
    {
        await using var program = ProcessRunner.Start("rd-api", [option]);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Matches(@"^rd-api 2\.0\.0 \(([0-9a-f]{7}, )?[a-z]+-[a-z0-9]+\)\n$", program.Output.Text);
    }

    [Theory]
    [InlineData("[suggest:9]", "rd-api --", "--web-root")]
    [InlineData("[suggest:11]", "rd-api --po", "--port")]
    public async Task A_shell_is_told_how_a_line_may_go_on_and_nothing_is_served(string directive, string line, string option)
    {
        await using var program = ProcessRunner.Start("rd-api", [directive, line]);
        Assert.Equal(0, await program.WaitForExitAsync());
        Assert.Contains(option, program.Output.Lines);
        Assert.Equal("", program.Error.Text);
    }

    [Fact]
    public async Task A_wrong_argument_is_2_and_one_sentence()
    {
        await RdApiProcess.RefusesAsync("--port", "--port", "x");
    }

    [Fact]
    public async Task A_wrong_variable_is_2_and_one_sentence()
    {
        await using var program = ProcessRunner.Start("rd-api", [], environment: ("WORKER", "x"));
        await program.FailsAsync(2, "WORKER");
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("file")]
    public async Task A_root_that_is_no_folder_is_1_and_one_sentence(string name)
    {
        using var temp = new TempFolder();
        File.WriteAllText(temp["file"], "");
        await RdApiProcess.FailsAsync(1, $"{temp[name]} is not a folder: choose the folder to serve with --web-root", "--port", "0", "--web-root", temp[name], "--cache", temp["cache"]);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_1_and_one_sentence()
    {
        using var temp = new TempFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await RdApiProcess.FailsAsync(1, "--port", "-h", "127.0.0.1", "-p", $"{port}", "--web-root", temp.Path, "--cache", temp["cache"]);
    }

    [Fact]
    public async Task A_congestion_control_that_the_kernel_lacks_is_1_and_one_sentence()
    {
        using var temp = new TempFolder();
        string[] arguments = ["-p", "0", "--web-root", temp.Path, "--cache", temp["cache"], "--congestion-control", "none-such"];
        await RdApiProcess.FailsAsync(1, "--congestion-control default, or one of ", arguments);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("no-such-host.invalid")]
    public async Task A_host_that_is_not_here_is_1_and_one_sentence(string host)
    {
        using var temp = new TempFolder();
        await RdApiProcess.FailsAsync(1, "--host", "-h", host, "-p", "0", "--web-root", temp.Path, "--cache", temp["cache"]);
    }
}
