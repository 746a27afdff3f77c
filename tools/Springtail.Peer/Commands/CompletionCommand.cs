using System.Collections.Generic;
using System.CommandLine;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail completion SHELL</c>: the parser itself says what may follow ([suggest:POSITION]); a shell has to ask it.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> s_scripts = new()
    {
        ["bash"] = """
            _springtail() {
                local words
                words=$(springtail "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
                COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _springtail springtail
            """,
        ["zsh"] = """
            #compdef springtail
            _springtail() {
                local -a words
                words=(${(f)"$(springtail "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"})
                compadd -- $words || _files
            }
            compdef _springtail springtail
            """,
        ["fish"] = """
            function __springtail_complete
                set -l line (commandline -cp)
                springtail "[suggest:"(string length -- $line)"]" $line 2>/dev/null
            end
            complete -c springtail -a '(__springtail_complete)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName springtail -ScriptBlock {
                param($word, $line, $position)
                springtail "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh, fish or powershell." };
        shell.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        VerbCommand command = new(
            "completion", "Prints what makes a shell complete verbs and options.",
            "It goes into the shell's start-up file: eval \"$(springtail completion bash)\", the same for zsh, springtail completion fish | source, "
            + "and springtail completion powershell | Out-String | Invoke-Expression.",
            ["springtail completion bash >> ~/.bashrc"]) { shell };
        command.Run((arguments, output) =>
        {
            string script = s_scripts[arguments.GetRequiredValue(shell)];
            output.Result("completion", script, ("script", script));
            return ExitCode.Success;
        });
        return command;
    }
}
